"""Categories: topics of the 109 centre with what they lead to, and those of police, emergencies and offences.

One row: key | parent | due hours (empty = none) | performer | Kazakh | Russian | English | weight among its siblings.
The kind of a row is that of its first word: `service`, `police`, `emergency`, `offence`. Parents come before their children.
"""

from __future__ import annotations

CATEGORIES = """
health||72|health_department|Денсаулық сақтау|Здравоохранение|Health|0
health.appointment|health|72|health_department|Дәрігерге жазылу|Запись к врачу|Doctor's appointment|5
health.polyclinic|health|72|health_department|Емхананың жұмысы|Работа поликлиники|Outpatient clinic|3
health.medicines|health|72|health_department|Дәрі-дәрмекпен қамту|Обеспечение лекарствами|Medicines|2
transport||72|transport_department|Қоғамдық көлік|Общественный транспорт|Public transport|0
transport.interval|transport|48|city_transport|Автобус аралығының бұзылуы|Нарушение интервала автобусов|Bus interval broken|5
transport.stop|transport|120|transport_department|Аялдаманың жай-күйі|Состояние остановки|State of a bus stop|2
transport.driver|transport|72|city_transport|Жүргізушіге шағым|Жалоба на водителя|Complaint about a driver|3
transport.scooters|transport|24|transport_department|Электросамокаттардың рұқсатсыз тұрағы|Несанкционированная парковка электросамокатов|Scooters left in the way|2
education||120|education_department|Білім беру|Образование|Education|0
education.kindergarten|education|120|education_department|Балабақшаға кезек|Очередь в детский сад|Kindergarten queue|5
education.school|education|120|education_department|Мектептің жұмысы|Работа школы|School matters|4
electricity||24|astana_rek|Электрмен жабдықтау|Электроснабжение|Electricity|0
electricity.outage|electricity|4|astana_rek|Үйде жарық жоқ|Нет света в доме|No electricity in a house|6
electricity.voltage|electricity|24|astana_rek|Кернеудің ауытқуы|Перепады напряжения|Unsteady voltage|2
electricity.wire|electricity|2|astana_rek|Сымның үзілуі|Обрыв провода|Fallen wire|1
payment||72|astana_erc|Бірыңғай төлем құжаты|Единый платёжный документ|Unified payment document|0
payment.charge|payment|72|astana_erc|Есептеулерді тексеру|Проверка начислений|Check of charges|5
payment.debt|payment|72|astana_erc|Берешек бойынша сұрақ|Вопрос по задолженности|Question about a debt|2
water||24|su_arnasy|Сумен жабдықтау|Водоснабжение|Water supply|0
water.none|water|6|su_arnasy|Су жоқ|Нет воды|No water|4
water.leak|water|8|su_arnasy|Судың ағуы|Утечка воды|Water leak|3
water.hot|water|48|teplotranzit|Ыстық су жоқ|Нет горячей воды|No hot water|4
sewage||24|su_arnasy|Кәріз|Канализация|Sewerage|0
sewage.blocked|sewage|8|su_arnasy|Кәріздің бітелуі|Засор канализации|Blocked sewer|4
sewage.basement|sewage|24|condominiums|Жертөлені су басуы|Затопление подвала|Flooded basement|2
heating||24|teplotranzit|Жылумен жабдықтау|Теплоснабжение|Heating|0
heating.none|heating|6|teplotranzit|Жылу жоқ|Нет отопления|No heating|5
heating.weak|heating|48|teplotranzit|Пәтерде суық|Холодно в квартире|Flat is cold|4
heating.burst|heating|4|teplotranzit|Жылу құбырының жарылуы|Порыв теплотрассы|Burst heating main|1
snow||24|akimat|Қар және көктайғақ|Снег и наледь|Snow and ice|0
snow.yard|snow|72|akimat|Ауладан қар шығарылмаған|Не убран снег во дворе|Snow in a yard|5
snow.road|snow|24|akimat|Жолдағы қар|Снег на дороге|Snow on a road|3
snow.ice|snow|24|akimat|Көктайғақ|Наледь на тротуаре|Ice on a pavement|4
snow.icicles|snow|48|condominiums|Шатырдағы мұзсүңгілер|Сосульки на крыше|Icicles on a roof|2
roads||240|roads_department|Жолдар мен тротуарлар|Дороги и тротуары|Roads and pavements|0
roads.pothole|roads|240|roads_department|Жолдағы шұңқыр|Яма на дороге|Pothole|5
roads.pavement|roads|360|akimat|Тротуардың бүлінуі|Повреждение тротуара|Damaged pavement|2
roads.signal|roads|6|transport_department|Бағдаршам жұмыс істемейді|Не работает светофор|Traffic light out|2
roads.sign|roads|72|transport_department|Жол белгісі зақымдалған|Повреждён дорожный знак|Damaged road sign|1
roads.after_works|roads|240|akimat|Қазудан кейін қалпына келтіру|Восстановление после раскопок|Restoring after works|2
lifts||24|lift_service|Лифтілер|Лифты|Lifts|0
lifts.people|lifts|1|lift_service|Лифтіде адамдар қалды|Лифт: застряли люди|People stuck in a lift|1
lifts.broken|lifts|48|lift_service|Лифт істемейді|Не работает лифт|Lift out of order|6
hatches||6|su_arnasy|Люктер мен құдықтар|Люки и колодцы|Hatches and wells|0
hatches.open|hatches|4|su_arnasy|Ашық люк|Открытый люк|Open hatch|5
hatches.damaged|hatches|48|su_arnasy|Люк қақпағы бүлінген|Повреждена крышка люка|Damaged cover|2
waste||48|clean_city|Қоқыс|Мусор|Waste|0
waste.bins|waste|48|clean_city|Қоқыс шығарылмаған|Не вывезен мусор|Bins not emptied|5
waste.dump|waste|72|akimat|Рұқсатсыз қоқыс үйіндісі|Стихийная свалка|Illegal dump|3
lighting||48|city_lights|Көше жарығы|Уличное освещение|Street lighting|0
lighting.street|lighting|48|city_lights|Көшеде жарық жоқ|Нет освещения на улице|Street unlit|5
lighting.yard|lighting|72|city_lights|Аулада жарық жоқ|Нет освещения во дворе|Yard unlit|3
dogs||48|veterinary|Қаңғыбас иттер|Бродячие собаки|Stray dogs|0
dogs.catch|dogs|48|veterinary|Иттерді аулау|Отлов бродячих собак|Catching stray dogs|5
dogs.bite|dogs|4|veterinary|Ит қапты|Укус собаки|Dog bite|1
yards||360|akimat|Аулаларды абаттандыру|Благоустройство дворов|Yards|0
yards.playground|yards|240|akimat|Балалар алаңы сынған|Сломана детская площадка|Broken playground|3
yards.parking|yards|72|akimat|Ауладағы тұрақ|Парковка во дворе|Parking in a yard|4
yards.square|yards|240|akimat|Гүлзардың жай-күйі|Состояние сквера|State of a public garden|1
greenery||168|parks|Көгалдандыру|Озеленение|Greenery|0
greenery.pruning|greenery|240|parks|Ағаштарды кесу|Обрезка деревьев|Pruning of trees|4
greenery.watering|greenery|72|parks|Көгалды суару|Полив зелёных насаждений|Watering|3
greenery.fallen|greenery|6|parks|Құлаған ағаш|Упавшее дерево|Fallen tree|1
flooding||12|elorda_eco|Су басу|Подтопление|Flooding|0
flooding.street|flooding|12|elorda_eco|Көшені су басуы|Подтопление улицы|Flooded street|4
flooding.yard|flooding|12|akimat|Ауланы су басуы|Подтопление двора|Flooded yard|3
pests||72|health_department|Дезинсекция|Дезинсекция|Pest control|0
pests.mosquitoes|pests|72|health_department|Масалар|Комары|Mosquitoes|4
pests.rodents|pests|72|condominiums|Кеміргіштер|Грызуны|Rodents|1
order||24|police|Қоғамдық тәртіп|Правопорядок|Public order|0
order.noise|order|6|police|Түнгі шу|Шум в ночное время|Noise at night|5
order.drinking|order|6|police|Қоғамдық орында ішу|Распитие в общественном месте|Drinking in public|2
social||120|social_department|Әлеуметтік қорғау|Социальная защита|Social protection|0
social.benefit|social|120|social_department|Жәрдемақы|Пособия и выплаты|Benefits|4
housing||240|housing_department|Тұрғын үй|Жильё и ОСИ|Housing|0
housing.queue|housing|240|housing_department|Баспана кезегі|Очередь на жильё|Housing queue|3
housing.condominium|housing|120|housing_department|МИБ жұмысы|Работа ОСИ|Condominium matters|4
gas||8|gas_network|Газбен жабдықтау|Газоснабжение|Gas supply|0
gas.smell|gas|1|gas_network|Газ иісі|Запах газа|Smell of gas|1
gas.none|gas|12|gas_network|Газ жоқ|Нет газа|No gas|2
information||24|centre|Анықтамалық ақпарат|Справочная информация|Information|0
police||3|police|Полиция|Полиция|Police|0
police.accident|police|3|police|Жол-көлік оқиғасы|ДТП|Road accident|26
police.injured|police|2|police|Зардап шеккендер бар ЖКО|ДТП с пострадавшими|Road accident with injuries|6
police.theft|police|24|police|Ұрлық|Кража|Theft|18
police.hooligan|police|3|police|Бұзақылық|Хулиганство|Disorderly conduct|14
police.domestic|police|3|police|Отбасы-тұрмыстық жанжал|Семейно-бытовой конфликт|Domestic dispute|20
police.missing|police|12|police|Адамның жоғалуы|Пропажа человека|Missing person|3
police.suspicious|police|3|police|Күдікті зат|Подозрительный предмет|Suspicious object|2
police.assault|police|3|police|Төбелес|Драка|Fight|11
emergency||2|emergency_department|Төтенше жағдай|Чрезвычайная ситуация|Emergency|0
emergency.fire_home|emergency|2|emergency_department|Тұрғын үйдегі өрт|Пожар в жилом доме|Fire in a home|10
emergency.fire_car|emergency|2|emergency_department|Көліктің жануы|Возгорание автомобиля|Vehicle on fire|9
emergency.fire_waste|emergency|2|emergency_department|Қоқыстың жануы|Горит мусор|Burning waste|16
emergency.smoke|emergency|2|emergency_department|Түтіндеу|Задымление|Smoke|14
emergency.rescue|emergency|2|emergency_department|Құтқару жұмыстары|Спасательные работы|Rescue|20
emergency.gas|emergency|2|emergency_department|Иіс тию|Отравление угарным газом|Carbon monoxide|5
emergency.water|emergency|2|emergency_department|Судағы оқиға|Происшествие на воде|Water rescue|3
emergency.storm|emergency|6|emergency_department|Боранның салдары|Последствия бурана|Storm damage|8
offence|||police|Құқық бұзушылық|Правонарушение|Offence|0
offence.parking|offence||police|Тұрақ ережесін бұзу|Нарушение правил парковки|Parking offence|30
offence.cleanliness|offence||akimat|Тазалықты бұзу|Нарушение благоустройства|Littering|22
offence.noise|offence||police|Тыныштықты бұзу|Нарушение тишины|Breach of quiet|16
offence.trade|offence||akimat|Рұқсатсыз сауда|Стихийная торговля|Street trading without leave|14
offence.smoking|offence||police|Тыйым салынған жерде темекі шегу|Курение в неположенном месте|Smoking where forbidden|10
offence.dogs|offence||veterinary|Жануарларды серуендету ережесі|Нарушение выгула животных|Walking of animals|8
"""

# Within how many metres and hours two incidents of a root are about the same; of the others 100 m and 24 h.
NEARNESS = {
    "heating": (500.0, 3.0),
    "water": (400.0, 3.0),
    "electricity": (400.0, 2.0),
    "gas": (300.0, 2.0),
    "sewage": (300.0, 6.0),
    "flooding": (300.0, 6.0),
    "snow": (200.0, 12.0),
    "lighting": (300.0, 12.0),
    "police": (150.0, 1.0),
    "emergency": (300.0, 1.0),
}

# Share of a year's inquiries (2024: the five published totals are set exactly), share of them that become an incident, and the season.
TOPIC_SHARES = {
    "health": (0.2999, 0.012, "flu"),
    "transport": (0.1307, 0.10, "flat"),
    "education": (0.1127, 0.02, "school"),
    "electricity": (0.0677, 0.42, "winter"),
    "payment": (0.0406, 0.05, "flat"),
    "water": (0.040, 0.55, "summer"),
    "sewage": (0.020, 0.62, "spring"),
    "heating": (0.034, 0.66, "heating"),
    "snow": (0.030, 0.72, "snow"),
    "roads": (0.025, 0.60, "warm"),
    "lifts": (0.022, 0.78, "flat"),
    "hatches": (0.009, 0.82, "spring"),
    "waste": (0.022, 0.68, "warm"),
    "lighting": (0.014, 0.70, "dark"),
    "dogs": (0.011, 0.66, "flat"),
    "yards": (0.018, 0.56, "warm"),
    "greenery": (0.008, 0.60, "summer"),
    "flooding": (0.010, 0.70, "flood"),
    "pests": (0.006, 0.50, "mosquito"),
    "order": (0.012, 0.40, "summer"),
    "social": (0.030, 0.03, "flat"),
    "housing": (0.028, 0.10, "flat"),
    "gas": (0.007, 0.36, "winter"),
    "information": (0.0024, 0.0, "flat"),
}

# Month weights, January first.
SEASONS = {
    "flat": (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    "flu": (1.3, 1.25, 1.1, 1, 0.9, 0.8, 0.75, 0.8, 1, 1.1, 1.15, 1.25),
    "school": (0.7, 0.7, 0.9, 1, 1.1, 1.2, 1.4, 1.9, 1.4, 0.9, 0.7, 0.6),
    "winter": (1.4, 1.3, 1.1, 0.9, 0.8, 0.9, 0.9, 0.8, 0.8, 1, 1.2, 1.4),
    "summer": (0.7, 0.7, 0.8, 0.9, 1.2, 1.4, 1.5, 1.4, 1, 0.9, 0.7, 0.7),
    "spring": (0.7, 0.9, 1.8, 1.9, 1.2, 0.9, 0.8, 0.8, 0.8, 0.8, 0.7, 0.7),
    "heating": (1.8, 1.5, 1.1, 0.6, 0.1, 0.05, 0.05, 0.1, 0.9, 2.4, 1.9, 1.7),
    "snow": (2.8, 2.5, 1.9, 0.3, 0.02, 0.01, 0.01, 0.01, 0.02, 0.4, 1.9, 2.8),
    "warm": (0.5, 0.5, 0.9, 1.5, 1.5, 1.4, 1.3, 1.3, 1.2, 1, 0.7, 0.5),
    "dark": (1.3, 1.1, 1, 0.8, 0.7, 0.6, 0.6, 0.8, 1, 1.3, 1.4, 1.5),
    "flood": (0.1, 0.2, 2.6, 4.4, 1.3, 0.9, 1, 0.7, 0.4, 0.3, 0.2, 0.1),
    "mosquito": (0.01, 0.01, 0.05, 0.3, 2.2, 4, 3.4, 1.6, 0.3, 0.05, 0.01, 0.01),
}
