/* The scattered no-op map in C: one MPI_Scatterv, a function that the compiler cannot see through, one MPI_Gatherv.
   usage: scatter ITEMS kept|fresh REPEATS     results in the same memory each time, or in new memory; prints the seconds of each repeat, one a line */
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t same(int32_t x) { return x; }
static int32_t (*volatile function)(int32_t) = same;

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc < 4) {
        fprintf(stderr, "usage: mpiexec -n RANKS scatter ITEMS kept|fresh REPEATS\n");
        MPI_Abort(MPI_COMM_WORLD, 64);
    }
    int items = atoi(argv[1]), is_fresh = rank == 0 && argv[2][0] == 'f', repeats = atoi(argv[3]);
    int *counts = malloc(sizeof(int) * (size_t)size), *starts = malloc(sizeof(int) * (size_t)size);
    for (int r = 0, start = 0; r < size; r++) {
        counts[r] = items / size + (r < items % size);
        starts[r] = start;
        start += counts[r];
    }
    int32_t *input = NULL, *output = NULL, *mine = malloc(sizeof(int32_t) * (size_t)(counts[rank] + 1));
    if (rank == 0) {
        input = malloc(sizeof(int32_t) * (size_t)items), output = calloc((size_t)items, sizeof(int32_t));
        for (int i = 0; i < items; i++)
            input[i] = i;
    }
    for (int repeat = 0; repeat < repeats; repeat++) {
        if (is_fresh)
            free(output);
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        if (is_fresh)
            output = malloc(sizeof(int32_t) * (size_t)items);
        MPI_Scatterv(input, counts, starts, MPI_INT32_T, mine, counts[rank], MPI_INT32_T, 0, MPI_COMM_WORLD);
        for (int i = 0; i < counts[rank]; i++)
            mine[i] = function(mine[i]);
        MPI_Gatherv(mine, counts[rank], MPI_INT32_T, output, counts, starts, MPI_INT32_T, 0, MPI_COMM_WORLD);
        if (rank == 0)
            printf("%.9f\n", MPI_Wtime() - start);
    }
    if (rank == 0 && memcmp(input, output, sizeof(int32_t) * (size_t)items) != 0) {
        fprintf(stderr, "wrong results\n");
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Finalize();
    return 0;
}
