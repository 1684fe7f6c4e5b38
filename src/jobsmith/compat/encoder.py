"""JSON for values that jobs return."""

import json
from typing import Any

from jobsmith.jobs.returned import to_json_safe


class NautobotKombuJSONEncoder(json.JSONEncoder):
    """Encodes records, dates, sets and the like as the results of runs are."""

    def default(self, o: Any) -> Any:
        """The JSON form of what plain JSON does not know."""
        return to_json_safe(o)
