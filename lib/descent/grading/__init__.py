"""The grader: takes submissions in, runs them in locked-down processes, marks them, and tells people."""

import sys
from typing import Any

# jsonschema, below nbgrader, would compile 39 grammars of web addresses, for a check that no notebook asks
# for: more than a second of every command. It does without them where they are not installed.
_modules: dict[str, Any] = sys.modules
_modules.setdefault("rfc3987_syntax", None)
