/* A skewed load in C, dealt perfectly ahead: each rank computes its share of 100 items of 2 ms and 3900 of 50 us, which only look at the clock. What is lost
   is what the machine takes from programs that do nothing else.
   usage: spin REPEATS     prints the seconds of each repeat, one a line */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static void wait_busily(double seconds)
{
    double end = MPI_Wtime() + seconds;
    while (MPI_Wtime() < end)
        ;
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int repeat = 0; repeat < (argc > 1 ? atoi(argv[1]) : 0); repeat++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        for (int item = rank; item < 4000; item += size)
            wait_busily(item < 100 ? 2e-3 : 50e-6);
        MPI_Barrier(MPI_COMM_WORLD);
        if (rank == 0)
            printf("%.9f\n", MPI_Wtime() - start);
    }
    MPI_Finalize();
    return 0;
}
