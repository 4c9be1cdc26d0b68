"""loky, the pool of processes that joblib has."""
try:
    from joblib.externals.loky import get_reusable_executor
except ImportError:
    from loky import get_reusable_executor

import workloads

if __name__ == "__main__":
    pool = get_reusable_executor(max_workers=2)
    workloads.measure(lambda f, items, chunk: list(pool.map(f, items, chunksize=chunk)), workers=2)
