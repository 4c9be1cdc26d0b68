/* The dealt no-op map in C: what MPI itself allows. Rank 0 deals chunks of consecutive integers to the other ranks,
   two in flight for each, by non-blocking sends, and puts the results in order; the others apply a function that the
   compiler cannot see through.
   usage: deal ITEMS CHUNK [REPEATS]     prints the seconds of each repeat, one a line */
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 2, TAG = 7 };

static int32_t same(int32_t x) { return x; }
static int32_t (*volatile function)(int32_t) = same;

/* A chunk and its result alike: the index of the first item, then the items. */
typedef struct { int64_t first; int32_t items[]; } chunk;

static chunk *new_chunk(int length) { return malloc(sizeof(chunk) + sizeof(int32_t) * (size_t)length); }

static int bytes_of(int64_t items) { return (int)(sizeof(int64_t) + sizeof(int32_t) * (size_t)items); }

static void deal(const int32_t *input, int32_t *output, int64_t items, int length, int size)
{
    int slots = (size - 1) * DEPTH;
    chunk **out = malloc(sizeof(chunk *) * (size_t)slots), *in = new_chunk(length);
    MPI_Request *sends = malloc(sizeof(MPI_Request) * (size_t)slots);
    int *next_slot = calloc((size_t)size, sizeof(int));
    int64_t dealt = 0, received = 0;
    for (int slot = 0; slot < slots; slot++) {
        out[slot] = new_chunk(length);
        sends[slot] = MPI_REQUEST_NULL;
    }
    for (int round = 0; received < items; round++) {
        int rank;
        if (round < slots) {
            rank = 1 + round % (size - 1);
        } else {
            MPI_Status status;
            int bytes;
            MPI_Recv(in, bytes_of(length), MPI_BYTE, MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &status);
            MPI_Get_count(&status, MPI_BYTE, &bytes);
            int64_t count = (bytes - (int64_t)sizeof(int64_t)) / (int64_t)sizeof(int32_t);
            memcpy(output + in->first, in->items, sizeof(int32_t) * (size_t)count);
            received += count;
            rank = status.MPI_SOURCE;
        }
        if (dealt == items)
            continue;
        int slot = (rank - 1) * DEPTH + next_slot[rank];
        next_slot[rank] = (next_slot[rank] + 1) % DEPTH;
        MPI_Wait(&sends[slot], MPI_STATUS_IGNORE);
        int64_t count = items - dealt < length ? items - dealt : length;
        out[slot]->first = dealt;
        memcpy(out[slot]->items, input + dealt, sizeof(int32_t) * (size_t)count);
        MPI_Isend(out[slot], bytes_of(count), MPI_BYTE, rank, TAG, MPI_COMM_WORLD, &sends[slot]);
        dealt += count;
    }
    MPI_Waitall(slots, sends, MPI_STATUSES_IGNORE);
    for (int rank = 1; rank < size; rank++)
        for (int end = 0; end < DEPTH; end++)
            MPI_Send(NULL, 0, MPI_BYTE, rank, TAG, MPI_COMM_WORLD);
    for (int slot = 0; slot < slots; slot++)
        free(out[slot]);
    free(out), free(in), free(sends), free(next_slot);
}

static void work(int length)
{
    chunk *in[DEPTH], *out[DEPTH];
    MPI_Request receives[DEPTH], sends[DEPTH];
    int open = DEPTH;
    for (int i = 0; i < DEPTH; i++) {
        in[i] = new_chunk(length), out[i] = new_chunk(length);
        sends[i] = MPI_REQUEST_NULL;
        MPI_Irecv(in[i], bytes_of(length), MPI_BYTE, 0, TAG, MPI_COMM_WORLD, &receives[i]);
    }
    for (int i = 0; open > 0; i = (i + 1) % DEPTH) {
        MPI_Status status;
        int bytes;
        MPI_Wait(&receives[i], &status);
        MPI_Get_count(&status, MPI_BYTE, &bytes);
        if (bytes == 0) {
            open--;
            continue;
        }
        MPI_Wait(&sends[i], MPI_STATUS_IGNORE);
        int count = (bytes - (int)sizeof(int64_t)) / (int)sizeof(int32_t);
        out[i]->first = in[i]->first;
        for (int k = 0; k < count; k++)
            out[i]->items[k] = function(in[i]->items[k]);
        MPI_Irecv(in[i], bytes_of(length), MPI_BYTE, 0, TAG, MPI_COMM_WORLD, &receives[i]);
        MPI_Isend(out[i], bytes, MPI_BYTE, 0, TAG, MPI_COMM_WORLD, &sends[i]);
    }
    MPI_Waitall(DEPTH, sends, MPI_STATUSES_IGNORE);
    for (int i = 0; i < DEPTH; i++)
        free(in[i]), free(out[i]);
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc < 3 || size < 2) {
        fprintf(stderr, "usage: mpiexec -n RANKS deal ITEMS CHUNK [REPEATS], with at least 2 ranks\n");
        MPI_Abort(MPI_COMM_WORLD, 64);
    }
    int64_t items = atoll(argv[1]);
    int length = atoi(argv[2]), repeats = argc > 3 ? atoi(argv[3]) : 1;
    int32_t *input = NULL, *output = NULL;
    if (rank == 0) {
        input = malloc(sizeof(int32_t) * (size_t)items), output = calloc((size_t)items, sizeof(int32_t));
        for (int64_t i = 0; i < items; i++)
            input[i] = (int32_t)i;
    }
    for (int repeat = 0; repeat < repeats; repeat++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        if (rank == 0)
            deal(input, output, items, length, size);
        else
            work(length);
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
