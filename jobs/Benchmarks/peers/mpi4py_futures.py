"""mpi4py.futures: mpiexec -n 3 python3 -m mpi4py.futures mpi4py_futures.py"""
from mpi4py.futures import MPIPoolExecutor

import workloads

if __name__ == "__main__":
    with MPIPoolExecutor() as pool:
        workloads.measure(lambda f, items, chunk: list(pool.map(f, items, chunksize=chunk)), workers=2)
