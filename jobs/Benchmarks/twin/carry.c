/* Large memory in C: what MPI and the machine's memory allow.
   usage: carry capture BYTES REPEATS    rank 0 broadcasts BYTES; every other rank has them in memory of its own that it touches for the first time
          carry blocks BYTES REPEATS     64 blocks of BYTES go to the other ranks in turn, two under way for each, and come back into fresh memory
   prints the seconds of each repeat, one a line */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 64, DEPTH = 2, TAG = 7 };

static void capture(char *source, long bytes, int rank)
{
    char *copy = rank == 0 ? source : malloc((size_t)bytes);
    MPI_Bcast(copy, (int)bytes, MPI_BYTE, 0, MPI_COMM_WORLD);
    if (rank != 0)
        free(copy);
}

static void blocks(char *source, long bytes, int rank, int size)
{
    if (rank != 0) {
        char *one = malloc((size_t)bytes);
        for (int block = 0; block < BLOCKS; block++) {
            if (1 + block % (size - 1) != rank)
                continue;
            MPI_Recv(one, (int)bytes, MPI_BYTE, 0, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            MPI_Send(one, (int)bytes, MPI_BYTE, 0, TAG, MPI_COMM_WORLD);
        }
        free(one);
        return;
    }
    char *results = malloc((size_t)bytes * BLOCKS);
    MPI_Request sends[BLOCKS];
    int ahead = DEPTH * (size - 1) < BLOCKS ? DEPTH * (size - 1) : BLOCKS;
    for (int block = 0; block < BLOCKS + ahead; block++) {
        if (block < BLOCKS)
            MPI_Isend(source, (int)bytes, MPI_BYTE, 1 + block % (size - 1), TAG, MPI_COMM_WORLD, &sends[block]);
        if (block >= ahead) {
            int back = block - ahead;
            MPI_Recv(results + (size_t)back * (size_t)bytes, (int)bytes, MPI_BYTE, 1 + back % (size - 1), TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
    }
    MPI_Waitall(BLOCKS, sends, MPI_STATUSES_IGNORE);
    free(results);
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc < 4 || size < 2) {
        fprintf(stderr, "usage: mpiexec -n RANKS carry capture|blocks BYTES REPEATS, with at least 2 ranks\n");
        MPI_Abort(MPI_COMM_WORLD, 64);
    }
    long bytes = atol(argv[2]);
    char *source = malloc((size_t)bytes);
    memset(source, 1, (size_t)bytes);
    for (int repeat = 0; repeat < atoi(argv[3]); repeat++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        if (argv[1][0] == 'c')
            capture(source, bytes, rank);
        else
            blocks(source, bytes, rank, size);
        MPI_Barrier(MPI_COMM_WORLD);
        if (rank == 0)
            printf("%.9f\n", MPI_Wtime() - start);
    }
    free(source);
    MPI_Finalize();
    return 0;
}
