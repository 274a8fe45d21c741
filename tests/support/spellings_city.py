"""The city of the golden list of spellings (`tests/layers/search/spellings_*.txt`): streets with their houses
among a hundred others, crossings, districts, organisations, a precinct, landmarks and incidents.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

WEST, SOUTH = 71.38, 51.09
STREETS = """
abay | Абай даңғылы | проспект Абая | 8 13 45 47 102
aitmatov | Шыңғыс Айтматов көшесі | улица Чингиза Айтматова | 5 7
akmeshit | Ақмешіт көшесі | улица Акмешит | 5 7 9
alash | Алаш көшесі | улица Алаш | 4 6
almaty | Алматы көшесі | улица Алматы | 1 2
altynsarin | Ыбырай Алтынсарин көшесі | улица Ыбырая Алтынсарина | 7 9
auezov | Мұхтар Әуезов көшесі | улица Мухтара Ауэзова | 36 38
baitursynuly | Ахмет Байтұрсынұлы көшесі | улица Ахмета Байтурсынулы | 14 16
beibitshilik | Бейбітшілік көшесі | улица Бейбитшилик | 14 25 33 33/1 72
bogenbay | Бөгенбай батыр даңғылы | проспект Богенбай батыра | 28 54 56
dostyk | Достық көшесі | улица Достык | 5 8 13 15
e10 | Е-10 көшесі | улица Е-10 | 2 17
imanova | Амангелді Иманов көшесі | улица Амангельды Иманова | 26 28
kabanbay | Қабанбай батыр даңғылы | проспект Кабанбай батыра | 10 11 42 53 58 58Б 100
kaldayakov | Шәмші Қалдаяқов көшесі | улица Шамши Калдаякова | 11 13
kenesary | Кенесары көшесі | улица Кенесары | 40 47 52 4
kerey | Керей, Жәнібек хандар көшесі | улица Керей и Жанибек хандар | 12 14
korgalzhyn | Қорғалжын тас жолы | шоссе Коргалжын | 3 5
koshkarbaev | Рақымжан Қошқарбаев даңғылы | проспект Рахимжана Кошкарбаева | 27 29
kudaiberdiuly | Шәкәрім Құдайбердіұлы даңғылы | проспект Шакарима Кудайбердиулы | 17 19
kuishidina | Күйші Дина көшесі | улица Куйши Дина | 23 25
kunaev | Дінмұхамед Қонаев көшесі | улица Динмухамеда Кунаева | 29 29/1 33
mangilik | Мәңгілік Ел даңғылы | проспект Мангилик Ел | 8 37 52 52А 55 55/20 55/22
mayakovsky | Владимир Маяковский көшесі | улица Владимира Маяковского | 3 5
momyshuly | Бауыржан Момышұлы даңғылы | проспект Бауыржана Момышулы | 2 2В 4 12 15А
musrepov | Ғабит Мүсірепов көшесі | улица Габита Мусрепова | 1
mustafin | Ғабиден Мұстафин көшесі | улица Габидена Мустафина | 13 15
nazhimedenov | Жұмекен Нәжімеденов көшесі | улица Жумекена Нажимеденова | 10 12
petrov | Петров көшесі | улица Петрова | 16 18
pushkin | Пушкин көшесі | улица Пушкина | 15 17
respublika | Республика даңғылы | проспект Республики | 3 3/1 24 26
samal | Самал шағын ауданы | микрорайон Самал | 7 12
saraishyk | Сарайшық көшесі | улица Сарайшык | 5 7
sauran | Сауран көшесі | улица Сауран | 10 18
seifullin | Сәкен Сейфуллин көшесі | улица Сакена Сейфуллина | 27 31 40 40/1
syganak | Сығанақ көшесі | улица Сыганак | 25 29 60
tashenov | Жұмабек Тәшенов көшесі | улица Жумабека Ташенова | 25 27
tauelsizdik | Тәуелсіздік даңғылы | проспект Тауелсиздик | 33 41 53
turan | Тұран даңғылы | проспект Туран | 24 37 37/1 46
turkestan | Түркістан көшесі | улица Туркестан | 28 30
ulydala | Ұлы Дала даңғылы | проспект Улы Дала | 11 29 45
valikhanov | Шоқан Уәлиханов көшесі | улица Шокана Валиханова | 9 11
yanushkevich | Янушкевич көшесі | улица Янушкевича | 4 6
zhansugirov | Ілияс Жансүгіров көшесі | улица Ильяса Жансугирова | 6 8
zheltoksan | Желтоқсан көшесі | улица Желтоксан | 20 22
zhenis | Жеңіс даңғылы | проспект Женис | 21 29 34
"""
OTHERS = """
Абылай хан даңғылы | проспект Абылай хана
Арай көшесі | улица Арай
Ақан сері көшесі | улица Акан сери
Ақжол көшесі | улица Акжол
Ақсай көшесі | улица Аксай
Александр Кравцов көшесі | улица Александра Кравцова
Алаша хан көшесі | улица Алаша хана
Әл-Фараби көшесі | улица Аль-Фараби
Әлихан Бөкейхан көшесі | улица Алихана Бокейхана
Әлия Молдағұлова көшесі | улица Алии Молдагуловой
Асан қайғы көшесі | улица Асан кайгы
Балқантау көшесі | улица Балкантау
Балқаш көшесі | улица Балхаш
Баянауыл көшесі | улица Баянаул
Бараев көшесі | улица Бараева
Бөкейхан көшесі | улица Бокейхан
Бұхар жырау көшесі | улица Бухар жырау
Владимир Комаров көшесі | улица Владимира Комарова
Ғұмар Қараш көшесі | улица Гумара Караша
Домалақ ана көшесі | улица Домалак ана
Дулатұлы көшесі | улица Дулатулы
Евней Букетов көшесі | улица Евнея Букетова
Ерубаев көшесі | улица Ерубаева
Жамбыл Жабаев көшесі | улица Жамбыла Жабаева
Жұбан Молдағалиев көшесі | улица Жубана Молдагалиева
Жұмабаев даңғылы | проспект Магжана Жумабаева
Жиренше көшесі | улица Жиренше
Затаевич көшесі | улица Затаевича
Кеңесшілер көшесі | улица Кенесшилер
Қажымұқан көшесі | улица Кажымукана
Қараөткел көшесі | улица Караоткель
Қарталы көшесі | улица Карталы
Қарашаш ана көшесі | улица Карашаш ана
Қасым Аманжолов көшесі | улица Касыма Аманжолова
Қаныш Сәтбаев көшесі | улица Каныша Сатпаева
Құрманғазы көшесі | улица Курмангазы
Кейкі батыр көшесі | улица Кейки батыра
Левон Мирзоян көшесі | улица Левона Мирзояна
Лесная поляна | улица Лесная поляна
Маңғыстау көшесі | улица Мангистау
Манас көшесі | улица Манаса
Мұхамедханов көшесі | улица Мухамедханова
Мәскеу көшесі | улица Московская
Наурызбай батыр көшесі | улица Наурызбай батыра
Нұржол бульвары | бульвар Нуржол
Омарұлы көшесі | улица Омарулы
Отырар көшесі | улица Отырар
Петропавл көшесі | улица Петропавловская
Потанин көшесі | улица Потанина
Райымбек батыр көшесі | улица Райымбек батыра
Сарыарқа даңғылы | проспект Сарыарка
Сарыкөл көшесі | улица Сарыколь
Сырғабеков көшесі | улица Сыргабекова
Сығанақ тұйығы | переулок Сыганакский
Тархан көшесі | улица Тархан
Ташкент көшесі | улица Ташкентская
Темірбек Жүргенов көшесі | улица Темирбека Жургенова
Торайғыров көшесі | улица Торайгырова
Төле би көшесі | улица Толе би
Тұрар Рысқұлов көшесі | улица Турара Рыскулова
Тұран тұйығы | переулок Туранский
Хусейн бен Талал көшесі | улица Хусейн бен Талала
Циолковский көшесі | улица Циолковского
Шарбақкөл көшесі | улица Шарбакколь
Шыңғыс хан көшесі | улица Чингисхана
Ықылас Дүкенұлы көшесі | улица Ыкыласа Дукенулы
Ілияс Есенберлин көшесі | улица Ильяса Есенберлина
Е-11 көшесі | улица Е-11
Е-100 көшесі | улица Е-100
Мирная | улица Амирова
Дала көшесі | улица Дала
Ұлытау көшесі | улица Улытау
Достар көшесі | улица Достар
Самарқанд көшесі | улица Самаркандская
Абай көшесі | улица Абайская
"""
ACROSS = ("abay", "syganak", "kenesary", "dostyk")
ALONG = ("turan", "respublika", "zhenis", "zheltoksan", "kabanbay", "mangilik")
"""Each of the first crosses each of the second."""
DISTRICTS = (
    ("esil", "Есіл ауданы", "район Есиль", "Esil district"),
    ("almaty", "Алматы ауданы", "район Алматы", "Almaty district"),
    ("saryarka", "Сарыарқа ауданы", "район Сарыарка", "Saryarka district"),
    ("nura", "Нұра ауданы", "район Нура", "Nura district"),
    ("baikonur", "Байқоңыр ауданы", "район Байконур", "Baikonyr district"),
)
PERFORMERS = (
    ("teplotranzit", "«Астана-Теплотранзит» АҚ", "АО «Астана-Теплотранзит»", "Astana-Teplotranzit JSC"),
    ("suarnasy", "«Астана су арнасы» МКК", "ГКП «Астана су арнасы»", "Astana Su Arnasy"),
    ("lift", "«Лифт-Сервис» ЖШС", "ТОО «Лифт-Сервис»", "Lift-Service LLP"),
    ("energia", "«Астана-Энергия» АҚ", "АО «Астана-Энергия»", "Astana-Energy JSC"),
    ("zelenstroy", "«Астана-Зеленстрой» ЖШС", "ТОО «Астана-Зеленстрой»", "Astana-Zelenstroy LLP"),
)
LANDMARKS = (
    ("khanshatyr", "Хан Шатыр", "ТРЦ Хан Шатыр", "Khan Shatyr"),
    ("keruen", "Керуен СОО", "ТРЦ Керуен", "Keruen mall"),
    ("baiterek", "Бәйтерек", "Байтерек", "Baiterek"),
    ("school31", "№ 31 мектеп-лицей", "Школа-лицей № 31", "School 31"),
    ("school13", "№ 13 мектеп", "Школа № 13", "School 13"),
    ("nurlyzhol", "Нұрлы Жол вокзалы", "Вокзал Нурлы Жол", "Nurly Zhol station"),
    ("astana1", "Астана-1 вокзалы", "Вокзал Астана-1", "Astana-1 station"),
    ("abuplaza", "Абу-Даби Плаза", "Абу-Даби Плаза", "Abu Dhabi Plaza"),
)
INCIDENTS = (
    ("109-26-0027415", "Яма на дороге у остановки"),
    ("109-26-0027501", "Прорыв трубы холодной воды во дворе"),
    ("109-26-0027502", "Не работает лифт в третьем подъезде"),
    ("109-26-0027503", "Үйде жылу жоқ, батарея суық"),
    ("109-26-0027504", "В подъезде нет света"),
    ("109-26-0027505", "Streetlight is broken near the park"),
    ("109-26-0027506", "Бродячая собака во дворе школы"),
    ("109-26-0027600", "Шум ночью от соседей"),
    ("109-26-0027601", "Мусор не вывозят неделю"),
)
PRECINCTS = (9, 90, 91, 191)
BUILDING = text("""
    insert into building (region, source, source_id, street_kk, street_ru, house, street_norm, house_norm,
        point_4326)
    values ('71', 't', :source_id, :kk, :ru, :house, :norm, :house_norm,
        st_setsrid(st_makepoint(:lon, :lat), 4326)) returning id""")
FEATURE = text("""
    insert into basemap_feature (region, source, source_id, theme, class, name_kk, name_ru, name_en,
        geom_4326, geom_3857)
    select '71', 't', :source_id, :theme, 'x', :kk, :ru, :en, g, st_transform(g, 3857)
    from st_setsrid(st_geomfromtext(:shape), 4326) g returning id""")


def build(connection: Connection, fold_street, fold_house) -> dict[str, object]:
    """Answer as the lists write it ("house abay 13") -> the id of what it is, or its title in Russian where
    it has none (streets, crossings)."""
    answers: dict[str, object] = {}
    named = [[part.strip() for part in line.split("|")] for line in STREETS.strip().splitlines()]
    named += [
        [f"other{n}", *line.split(" | "), "1 2 3"] for n, line in enumerate(OTHERS.strip().splitlines())
    ]
    titles = {key.rstrip("2"): ru for key, _, ru, _ in named}
    for n, (key, kk, ru, houses) in enumerate(named):
        answers[f"street {key}"] = ru
        for m, house in enumerate(houses.split()):
            bound = {
                "source_id": f"{n}-{m}",
                "kk": kk,
                "ru": ru,
                "house": house,
                "norm": fold_street(ru),
                "house_norm": fold_house(house),
                "lon": WEST + n % 20 * 0.005 + m * 0.0003,
                "lat": SOUTH + n // 20 * 0.02,
            }
            answers[f"house {key} {house}"] = connection.execute(BUILDING, bound).scalar_one()
    _roads(connection, {key: (kk, ru) for key, kk, ru, _ in named})
    for one in ACROSS:
        for other in ALONG:
            for a, b in ((one, other), (other, one)):
                answers[f"crossing {a} {b}"] = frozenset((titles[one], titles[other]))
    _things(connection, answers)
    return answers


def _roads(connection: Connection, names: dict[str, tuple[str, str]]) -> None:
    lines = {
        key: f"LINESTRING({WEST} {SOUTH + n * 0.01}, {WEST + 0.1} {SOUTH + n * 0.01})"
        for n, key in enumerate(ACROSS)
    } | {
        key: f"LINESTRING({WEST + n * 0.01} {SOUTH - 0.01}, {WEST + n * 0.01} {SOUTH + 0.1})"
        for n, key in enumerate(ALONG)
    }
    for key, shape in lines.items():
        kk, ru = names[key]
        bound = {"source_id": key, "theme": "road", "kk": kk, "ru": ru, "en": None, "shape": shape}
        connection.execute(FEATURE, bound)


def _things(connection: Connection, answers: dict[str, object]) -> None:
    for key, kk, ru, en in DISTRICTS:
        answers[f"district {key}"] = connection.execute(
            text("""insert into district (region, key, name_kk, name_ru, name_en, valid_from, geom_4326,
                geom_3857) select '71', :key, :kk, :ru, :en, '2000-01-01', g, st_transform(g, 3857)
                from st_multi(st_makeenvelope(71.3, 51.0, 71.4, 51.1, 4326)) g returning id"""),
            {"key": key, "kk": kk, "ru": ru, "en": en},
        ).scalar_one()
    for key, kk, ru, en in PERFORMERS:
        answers[f"organisation {key}"] = connection.execute(
            text("""insert into performer (id, key, type, name_kk, name_ru, name_en)
                select coalesce(max(id), 0) + 1, :key, 'utility', :kk, :ru, :en from performer
                returning id"""),
            {"key": key, "kk": kk, "ru": ru, "en": en},
        ).scalar_one()
    for key, kk, ru, en in LANDMARKS:
        bound = {"source_id": key, "theme": "landmark", "kk": kk, "ru": ru, "en": en}
        answers[f"poi {key}"] = connection.execute(
            FEATURE, bound | {"shape": "POINT(71.42 51.13)"}
        ).scalar_one()
    for number, title in INCIDENTS:
        answers[f"incident {number}"] = connection.execute(
            text("""insert into incident (region, source, source_id, kind, title, source_status, status,
                opened_at) values ('71', 't', :number, 'service', :title, 'open', 'open', now())
                returning id"""),
            {"number": number, "title": title},
        ).scalar_one()
    connection.execute(
        text("""insert into plan (region, id, name, state, in_force_from, created_by)
            overriding system value values ('71', 1, 'План', 'published', '2020-01-01', 't')""")
    )
    for number in PRECINCTS:
        connection.execute(
            text("""insert into precinct (region, plan_id, id, number, kind, geom_4326, geom_3857)
                select '71', 1, :number, :number, 'open', g, st_transform(g, 3857)
                from st_multi(st_makeenvelope(71.3, 51.0, 71.4, 51.1, 4326)) g"""),
            {"number": number},
        )
        answers[f"station {number}"] = number
