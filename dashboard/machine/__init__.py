"""The machine under the product: what is installed, the private servers, the processes and who watches over them.

Standard library only, because the launcher (`ikomek`) runs it before anything is installed. Its sentences are for the person at the
terminal and are English; what citizens' staff read on screens comes from `dashboard/locale`.

Read in this order: `errors`, `places` (folders and accounts), `cluster` (PostgreSQL and Redis), `packages` and `python_packages` and
`scripts`, joined in `installation`, `supervisor` (processes), `resume` (a start after a kill), `sign_in_link`, `backup`,
`service`, `doctor`, `development` (tests, benches, a server that reloads), `launcher` (the commands).
"""
