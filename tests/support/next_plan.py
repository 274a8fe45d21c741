"""A plan that comes into force tomorrow, by which some houses vote elsewhere."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, text

from geo.settings import Settings


def next_plan(settings: Settings, owner: Engine) -> int:
    """A plan from tomorrow on, in which the houses of one precinct are those of another; how many have
    voters."""
    tomorrow = settings.city.today() + timedelta(days=1)
    with owner.begin() as connection:
        plan = connection.scalar(
            text("""insert into plan (region, name, state, in_force_from, created_by)
                values (:region, 'next', 'published', :day, 'anna') returning id"""),
            {"region": settings.city.region, "day": tomorrow},
        )
        old = connection.scalar(text("select id from plan where state = 'published' order by id limit 1"))
        bound = {"plan": plan, "old": old}
        connection.execute(text("alter table precinct disable trigger user"))
        connection.execute(
            text("""insert into precinct (region, plan_id, id, number, kind, geom, station_id)
                select region, :plan, id, number, kind, geom, station_id from precinct
                where plan_id = :old"""),
            bound,
        )
        connection.execute(text("alter table precinct enable trigger user"))
        first, second = connection.scalars(
            text("""select a.precinct_id from assignment a join building b on b.id = a.building_id
                where a.plan_id = :old and b.voters > 0 group by 1 order by 1 limit 2"""),
            bound,
        )
        bound |= {"first": first, "second": second}
        connection.execute(
            text("""insert into assignment (region, plan_id, building_id, precinct_id, source)
                select region, :plan, building_id,
                    case precinct_id when :first then :second else precinct_id end, source
                from assignment where plan_id = :old"""),
            bound,
        )
        return connection.scalar(
            text("""select count(*) from assignment a join building b on b.id = a.building_id
                where a.plan_id = :old and a.precinct_id = :first and b.voters > 0"""),
            bound,
        )
