"""The REST API under /api/v1/. Its OpenAPI document stands at /api/v1/openapi.json."""

from teamboard.api.auth import Bearer
from teamboard.api.document import Documented
from teamboard.api.errors import install
from teamboard.api.parsing import StrictParser
from teamboard.api.routes import agents, changes, costs, people, projects, queue, runs, safety, system, tasks

api = Documented(
    title="Teamboard",
    version="1",
    description="Everything the pages do. Errors: {error: {code, message, details}}.",
    docs_url=None,
    auth=Bearer(),
    parser=StrictParser(),
    urls_namespace="api",
)
install(api)
for module in (system, projects, agents, tasks, runs, costs, changes, queue, people, safety):
    api.add_router("", module.router, tags=[module.__name__.rpartition(".")[2]])
