"""Whether remote results are native ones: equal, or numbers to 1e-4 relative."""

RELATIVE = 1e-4


def results(pairs):
    """A word for the table; None where a row has no result."""
    pairs = [pair for pair in pairs if pair != (None, None)]
    if not pairs:
        return None
    if all(native == remote for native, remote in pairs):
        return "equal"
    if all(close(native, remote) for native, remote in pairs):
        return "equal to 1e-4"
    native, remote = next(pair for pair in pairs if not close(*pair))
    return f"DIFFER: {str(native)[:80]} natively, {str(remote)[:80]} remotely"


def close(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= RELATIVE * max(abs(a), abs(b))
    return a == b
