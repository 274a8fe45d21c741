"""Performers and managers. The people are invented; the posts and organisations are of the kinds that answer to the centre.

Performers: key | type | manager | Kazakh | Russian | English. `akimat`, `lift_service` and `condominiums` in `facts.topics` stand for those of the place.
"""

from __future__ import annotations

MANAGERS = """
deputy_utilities|Б. Сәрсенов|Қала әкімінің орынбасары (ТКШ)|Заместитель акима города (ЖКХ)|Deputy akim, utilities
deputy_social|Г. Ахметова|Қала әкімінің орынбасары (әлеуметтік сала)|Заместитель акима города (социальная сфера)|Deputy akim, social affairs
deputy_transport|Н. Есенов|Қала әкімінің орынбасары (көлік)|Заместитель акима города (транспорт)|Deputy akim, transport
head_police|Е. Қалиев|Полиция департаментінің бастығы|Начальник департамента полиции|Head of the police department
head_emergency|М. Жақсыбеков|ТЖД бастығы|Начальник ДЧС|Head of the emergency department
akim_almaty|А. Тоқтаров|Алматы ауданының әкімі|Аким района Алматы|Akim of Almaty district
akim_baikonyr|С. Оспанов|Байқоңыр ауданының әкімі|Аким района Байконур|Akim of Baikonyr district
akim_esil|Д. Нұрпейісов|Есіл ауданының әкімі|Аким района Есиль|Akim of Esil district
akim_nura|Қ. Бекенов|Нұра ауданының әкімі|Аким района Нура|Akim of Nura district
akim_saryarqa|Ж. Мұратова|Сарыарқа ауданының әкімі|Аким района Сарыарка|Akim of Saryarqa district
akim_saraishyq|Р. Ыбыраев|Сарайшық ауданының әкімі|Аким района Сарайшык|Akim of Saraishyq district
"""

PERFORMERS = """
centre|service|deputy_utilities|iKOMEK109 орталығы|Центр iKOMEK109|iKOMEK109 centre
akimat_almaty|akimat|akim_almaty|Алматы ауданының әкімдігі|Акимат района Алматы|Akimat of Almaty district
akimat_baikonyr|akimat|akim_baikonyr|Байқоңыр ауданының әкімдігі|Акимат района Байконур|Akimat of Baikonyr district
akimat_esil|akimat|akim_esil|Есіл ауданының әкімдігі|Акимат района Есиль|Akimat of Esil district
akimat_nura|akimat|akim_nura|Нұра ауданының әкімдігі|Акимат района Нура|Akimat of Nura district
akimat_saryarqa|akimat|akim_saryarqa|Сарыарқа ауданының әкімдігі|Акимат района Сарыарка|Akimat of Saryarqa district
akimat_saraishyq|akimat|akim_saraishyq|Сарайшық ауданының әкімдігі|Акимат района Сарайшык|Akimat of Saraishyq district
astana_rek|utility|deputy_utilities|Астана-РЭК|Астана-РЭК|Astana-REK
astana_erc|utility|deputy_utilities|Астана-ЕРЦ|Астана-ЕРЦ|Astana-ERC
su_arnasy|utility|deputy_utilities|Астана су арнасы|Астана су арнасы|Astana Su Arnasy
teplotranzit|utility|deputy_utilities|Астана-Теплотранзит|Астана-Теплотранзит|Astana-Teplotranzit
elorda_eco|utility|deputy_utilities|Elorda Eco System|Elorda Eco System|Elorda Eco System
city_lights|utility|deputy_utilities|Қала жарығы|Горсвет|City Lights
gas_network|utility|deputy_utilities|Газ желісі|Газовые сети|Gas network
clean_city|utility|deputy_utilities|Таза қала|Чистый город|Clean City
parks|utility|deputy_utilities|Астана-Зеленстрой|Астана-Зеленстрой|Astana-Zelenstroi
city_transport|utility|deputy_transport|City Transportation Systems|City Transportation Systems|City Transportation Systems
lift_service|lift|deputy_utilities|«Лифт-Сервис» ЖШС|ТОО «Лифт-Сервис»|Lift-Service
lift_astana|lift|deputy_utilities|«Астана Лифт» ЖШС|ТОО «Астана Лифт»|Astana Lift
lift_master|lift|deputy_utilities|«Лифт Шебер» ЖШС|ТОО «Лифт Шебер»|Lift Sheber
lift_progress|lift|deputy_utilities|«Прогресс Лифт» ЖШС|ТОО «Прогресс Лифт»|Progress Lift
lift_elorda|lift|deputy_utilities|«Елорда Лифт» ЖШС|ТОО «Елорда Лифт»|Elorda Lift
condo_samal|condominium|deputy_utilities|«Самал» МИБ|ОСИ «Самал»|Samal condominium
condo_zhagalau|condominium|deputy_utilities|«Жағалау» МИБ|ОСИ «Жагалау»|Zhagalau condominium
condo_nursaya|condominium|deputy_utilities|«Нұрсая» МИБ|ОСИ «Нурсая»|Nursaya condominium
condo_altyn|condominium|deputy_utilities|«Алтын үй» МИБ|ОСИ «Алтын уй»|Altyn Ui condominium
health_department|department|deputy_social|Қоғамдық денсаулық сақтау басқармасы|Управление общественного здравоохранения|Public health department
education_department|department|deputy_social|Білім басқармасы|Управление образования|Education department
social_department|department|deputy_social|Жұмыспен қамту және әлеуметтік қорғау басқармасы|Управление занятости и социальной защиты|Social protection department
housing_department|department|deputy_utilities|Тұрғын үй басқармасы|Управление жилья|Housing department
transport_department|department|deputy_transport|Көлік басқармасы|Управление транспорта|Transport department
roads_department|department|deputy_transport|Жол инфрақұрылымы басқармасы|Управление дорожной инфраструктуры|Roads department
veterinary|department|deputy_utilities|Ветеринарлық қызмет|Ветеринарная служба|Veterinary service
police|service|head_police|Полиция департаменті|Департамент полиции|Police department
emergency_department|service|head_emergency|ТЖД|ДЧС|Emergency department
"""

SEVERAL = {
    "lift_service": ("lift_service", "lift_astana", "lift_master", "lift_progress", "lift_elorda"),
    "condominiums": ("condo_samal", "condo_zhagalau", "condo_nursaya", "condo_altyn"),
}
"""Performers that stand for several organisations; 'akimat' stands for that of the district."""

PACE = {
    **{"akimat_esil": 0.88, "akimat_saryarqa": 0.97, "akimat_nura": 1.04, "akimat_almaty": 1.12},
    **{"akimat_saraishyq": 1.16, "akimat_baikonyr": 1.28, "police": 0.78, "emergency_department": 0.85},
    **{"teplotranzit": 1.2, "lift_service": 1.25, "condominiums": 1.1, "elorda_eco": 0.9, "astana_rek": 0.92},
    **{"city_transport": 1.06, "roads_department": 1.14, "health_department": 0.9},
}
"""How long a performer takes against the others, as a factor; those that are not named 1. `akimat` has that of
the district."""

RATED_BY = ("А. Нұрлан", "Е. Сейіт")
"""Who proposes a month of the rating, and who closes it."""
