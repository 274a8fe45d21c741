"""The cases and milestones of a closed month and a decided objection stand as they are, whoever connects."""

from alembic import op

revision = "0114"
down_revision = "0107"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""create function keep_rated () returns trigger language plpgsql as $$
        begin
            if exists (select from rating_month m where m.closed_at is not null
                and (tg_op <> 'INSERT' and (m.region, m.month) = (old.region, old.month)
                    or tg_op <> 'DELETE' and (m.region, m.month) = (new.region, new.month)))
                then raise exception 'a closed month is frozen'; end if;
            return case tg_op when 'DELETE' then old else new end; end $$""")
    for table in ("rating_case", "rating_milestone"):
        op.execute(f"""create trigger keep_closed before insert or update or delete on {table} for each row
            execute function keep_rated ()""")
    op.execute("""create function keep_rating_objection () returns trigger language plpgsql as $$ begin
        if old.decided_at is not null then raise exception 'a decided objection stands'; end if;
        if tg_op = 'UPDATE' and to_jsonb(new) - array['accepted', 'performer', 'answer', 'decided_by',
            'decided_at'] is distinct from to_jsonb(old) - array['accepted', 'performer', 'answer',
            'decided_by', 'decided_at'] then raise exception 'an objection is only decided'; end if;
        return case tg_op when 'DELETE' then old else new end; end $$""")
    op.execute("""create trigger keep_decided before update or delete on rating_objection for each row
        execute function keep_rating_objection ()""")
