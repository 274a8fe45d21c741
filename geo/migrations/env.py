"""What Alembic runs: always on the connection that `geo.migrations` hands it."""

from alembic import context

from geo.migrations import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.metadata,
    include_object=models.is_ours,
    include_schemas=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
