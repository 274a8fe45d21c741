"""Invented answers for operators, one a block: key | topic | owner | days until its review, then the title and the
text of each language (kk, ru, en). A text may have several lines, joined by " / "."""

from __future__ import annotations

ANSWERS = """\
heating_season|heating|Диспетчерская теплосетей|120
Жылыту маусымы қашан басталып, қашан аяқталады
Жылыту маусымы орташа тәуліктік температура 5 күн қатарынан +8 °C-тан төмен болғанда басталады және жоғары болғанда аяқталады. / Тұрғын бөлмедегі ең төменгі температура: +18 °C, бұрыштық бөлмеде +20 °C.
Когда начинается и заканчивается отопительный сезон
Сезон начинается, когда средняя температура за сутки пять дней подряд ниже +8 °C, и заканчивается, когда она пять дней выше. / В жилой комнате должно быть не меньше +18 °C, в угловой не меньше +20 °C.
When the heating season begins and ends
It begins when the mean of the day stays below +8 °C for five days, and ends when it stays above for five. / A living room has at least +18 °C, a corner room +20 °C.

heating_cold_flat|heating.weak|Диспетчерская теплосетей|90
Пәтер суық: не істеу керек
Термометрді сыртқы қабырғадан 1 м, еденнен 1,5 м жерде 10 минут ұстаңыз. / +18 °C-тан төмен болса, өтінім тіркеңіз: мерзімі 48 сағат.
В квартире холодно: что делать
Измерьте температуру в метре от наружной стены, на высоте полутора метров, через 10 минут. / Если ниже +18 °C, зарегистрируйте заявку: срок 48 часов.
The flat is cold: what to do
Measure one metre from the outer wall and one and a half above the floor, after ten minutes. / Below +18 °C register a case: it is due in 48 hours.

hot_water_repair|water.hot|Диспетчерская теплосетей|60
Ыстық су жоқ: жоспарлы жөндеу
Жазғы жоспарлы жөндеу 14 күннен аспайды. / Мекенжай бойынша кесте қала әкімдігінің сайтында; тізімде болмаса, өтінім тіркеңіз.
Нет горячей воды: плановый ремонт
Летний плановый ремонт длится не больше 14 дней. / График по адресам есть на сайте акимата; если дома в нём нет, зарегистрируйте заявку.
No hot water: planned repair
The planned repair of summer takes at most 14 days. / The list by address is on the site of the akimat; a house that is not in it gets a case.

water_meter|water|Отдел сбыта водоканала|150
Су есептегішін қалай ауыстыруға болады
Есептегіш тексеру мерзімі: суық су 5 жыл, ыстық су 4 жыл. / Пломбаны водоканал маманы тегін қояды, жазылу 109 арқылы.
Как заменить счётчик воды
Срок поверки: холодная вода 5 лет, горячая 4 года. / Пломбу бесплатно ставит специалист водоканала, запись через 109.
How to change a water meter
It is verified every 5 years for cold water, 4 for hot. / A specialist of the waterworks seals it free of charge; 109 makes the appointment.

kindergarten_queue|education.kindergarten|Управление образования|100
Балабақша кезегін қалай білуге болады
Кезек нөмірі электрондық үкімет порталында баланың ЖСН-і бойынша көрінеді. / Жолдама келген күннен бастап 5 жұмыс күні ішінде балабақшаға бару керек.
Как узнать очередь в детский сад
Номер в очереди виден на портале электронного правительства по ИИН ребёнка. / С направлением нужно прийти в сад в течение 5 рабочих дней.
How to see the kindergarten queue
The number is on the e-government portal by the child's personal number. / Once a place is given, come to the kindergarten within 5 working days.

doctor_appointment|health.appointment|Управление здравоохранения|75
Дәрігерге қалай жазылуға болады
Тіркелген емхананың қосымшасы, регистратурасы немесе электрондық үкімет порталы арқылы. / Шұғыл жағдайда жазылусыз қабылданады; өмірге қауіп төнсе 103.
Как записаться к врачу
Через приложение или регистратуру своей поликлиники либо портал электронного правительства. / В неотложном случае принимают без записи; при угрозе жизни 103.
How to make a doctor's appointment
By the app or the desk of the clinic where one is registered, or the e-government portal. / An urgent case is seen without one; a danger to life is 103.

bus_card|transport|Управление транспорта|80
Жол жүру картасын қайдан алуға болады
Карта халыққа қызмет көрсету орталықтарында және қалалық дүңгіршектерде беріледі. / Жеңілдік картасына жеке куәлік пен растайтын құжат керек.
Где получить транспортную карту
Карту выдают в центрах обслуживания и городских киосках. / Для льготной нужны удостоверение и документ о льготе.
Where to get a travel card
Service centres and the city's kiosks hand it out. / One at a reduced price needs an identity card and the paper that says why.

snow_yard|snow|Акимат района|45
Ауладағы қарды кім тазалайды
Ауланы үйді басқаратын ұйым, өткелдер мен көшелерді аудан әкімдігі тазалайды. / Қар жауып біткеннен кейін мерзімі 24 сағат.
Кто убирает снег во дворе
Двор убирает организация, которая управляет домом, проезды и улицы — акимат района. / Срок 24 часа после окончания снегопада.
Who clears the snow of a courtyard
The courtyard is the work of who manages the house, streets that of the district. / It is due 24 hours after the snow has stopped.

payment_recount|payment.charge|Единый расчётный центр|110
Қайта есептеуді қалай сұрауға болады
Шот пен есептегіш көрсеткішінің суретін қоса отырып, есеп айырысу орталығына өтініш беріледі. / Жауап мерзімі 3 жұмыс күні.
Как попросить перерасчёт
Подаётся заявление в расчётный центр со счётом и фото показаний счётчика. / Ответ за 3 рабочих дня.
How to ask for a new reckoning
Give the payment centre the bill and a photo of the meter. / The answer comes in 3 working days.

power_outage|electricity.outage|Диспетчерская электросетей|-12
Үйде жарық жоқ: не істеу керек
Алдымен пәтердегі автоматты тексеріңіз. / Бүкіл үйде жоқ болса, өтінім тіркеңіз: мерзімі 4 сағат.
Нет света в доме: что делать
Сначала проверьте автомат в квартире. / Если света нет во всём доме, зарегистрируйте заявку: срок 4 часа.
No electricity: what to do
First look at the breaker of the flat. / If the whole house has none, register a case: it is due in 4 hours.
"""
QUESTIONS = (
    ("где сдать старые батареики", 7),
    ("как оформить парковку для инвалида", 4),
    ("мектеп формасы", 2),
)
"""What found no answer, and how often; folded as they are kept."""
