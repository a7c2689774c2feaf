# Where Lambda's Python runtime begins: it settles where compiled code is kept, so that the runtime itself is among it.
import os
import sys

CACHE = os.environ.pop("_GALLEY_PYCACHE", None)
KEPT = tuple(folder.rstrip("/") + "/" for folder in (os.environ["LAMBDA_TASK_ROOT"], os.environ.get("GALLEY_LAYERS", "/opt"), os.path.dirname(os.path.abspath(__file__))))


def keep_compiled():
    """What comes compiled beside its source (the standard library, installed packages) is used from there. The function's own code and all else
    is kept in a folder of the function's: nothing is written beside a source, and a new version of the code does not compile the world again."""
    files = sys.modules["_frozen_importlib_external"]
    beside = files.cache_from_source

    def cache_from_source(path, debug_override=None, *, optimization=None):
        sys.pycache_prefix = None
        if not path.startswith(KEPT):
            found = beside(path, debug_override, optimization=optimization)
            if os.path.exists(found):
                return found
        sys.pycache_prefix = CACHE
        found = beside(path, debug_override, optimization=optimization)
        sys.pycache_prefix = None
        return found

    files.cache_from_source = cache_from_source
    sys.dont_write_bytecode = False


if CACHE:
    keep_compiled()
import galley_runtime
galley_runtime.main()
