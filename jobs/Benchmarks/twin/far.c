/* Large memory in C on the way that a pool's maps take: from a client outside the world through a Unix socket to the root, which computes too, from there to
   the other rank by MPI, and back to the client. What is received lies in memory that is touched for the first time.
   usage: far capture BYTES REPEATS    both ranks get BYTES of the client's, in pieces, and the client hears when they have
          far blocks BYTES REPEATS     64 blocks of BYTES go to the ranks in turn and come back
   prints the seconds of each repeat, one a line */
#define _GNU_SOURCE
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCKS = 64, UNDER_WAY = 4, PIECE = 1 << 20, ROOM = 4 << 20, TAG = 7 };

static int up[2];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void receive(int from, char *bytes, long count)
{
    for (ssize_t some; count > 0; bytes += some, count -= some)
        if ((some = read(from, bytes, (size_t)count)) <= 0)
            _exit(1);
}

static void send_all(int to, const char *bytes, long count)
{
    for (ssize_t some; count > 0; bytes += some, count -= some)
        if ((some = write(to, bytes, (size_t)count)) <= 0)
            _exit(1);
}

struct job {
    char *source;
    long bytes;
    int blocks;
};

static void *send_source(void *job_)
{
    struct job *job = job_;
    for (int block = 0; block < job->blocks; block++)
        send_all(up[0], job->source, job->bytes);
    return NULL;
}

static void client(int is_capture, long bytes, int repeats)
{
    struct job job = {malloc((size_t)bytes), bytes, is_capture ? 1 : BLOCKS};
    memset(job.source, 1, (size_t)bytes);
    for (int repeat = 0; repeat < repeats; repeat++) {
        pthread_t sender;
        long back = is_capture ? 1 : bytes * BLOCKS;
        double began = now();
        char *results = malloc((size_t)back);
        pthread_create(&sender, NULL, send_source, &job);
        receive(up[0], results, back);
        pthread_join(sender, NULL);
        printf("%.9f\n", now() - began);
        free(results);
    }
    fflush(stdout);
}

static void capture(int rank, long bytes)
{
    char *copy = malloc((size_t)bytes), done = 1;
    for (long at = 0; at < bytes; at += PIECE) {
        long count = bytes - at < PIECE ? bytes - at : PIECE;
        if (rank == 0) {
            receive(up[1], copy + at, count);
            MPI_Send(copy + at, (int)count, MPI_BYTE, 1, TAG, MPI_COMM_WORLD);
        } else
            MPI_Recv(copy + at, (int)count, MPI_BYTE, 0, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        send_all(up[1], &done, 1);
    free(copy);
}

static void blocks(int rank, long bytes)
{
    static char *there[UNDER_WAY], *back[UNDER_WAY], *own;
    for (int i = 0; i < UNDER_WAY && !there[i]; i++)
        (there[i] = malloc((size_t)bytes), back[i] = malloc((size_t)bytes));
    if (!own)
        own = malloc((size_t)bytes);
    if (rank == 1) {
        for (int block = 0; block < BLOCKS / 2; block++) {
            MPI_Recv(own, (int)bytes, MPI_BYTE, 0, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            MPI_Send(own, (int)bytes, MPI_BYTE, 0, TAG, MPI_COMM_WORLD);
        }
        return;
    }
    MPI_Request sent[UNDER_WAY], came[UNDER_WAY];
    int dealt = 0, answered = 0, done;
    for (int block = 0; block < BLOCKS; block++) {
        if (block % 2 == 0) {
            receive(up[1], own, bytes);
            send_all(up[1], own, bytes);
        } else {
            int slot = dealt++ % UNDER_WAY;
            receive(up[1], there[slot], bytes);
            MPI_Irecv(back[slot], (int)bytes, MPI_BYTE, 1, TAG, MPI_COMM_WORLD, &came[slot]);
            MPI_Isend(there[slot], (int)bytes, MPI_BYTE, 1, TAG, MPI_COMM_WORLD, &sent[slot]);
        }
        for (done = 1; answered < dealt && done;) {
            int slot = answered % UNDER_WAY;
            if (dealt - answered < UNDER_WAY && block + 1 < BLOCKS)
                MPI_Test(&came[slot], &done, MPI_STATUS_IGNORE);
            else
                MPI_Wait(&came[slot], MPI_STATUS_IGNORE);
            if (!done)
                break;
            MPI_Wait(&sent[slot], MPI_STATUS_IGNORE);
            send_all(up[1], back[slot], bytes);
            answered++;
        }
    }
}

int main(int argc, char **argv)
{
    const char *variables[] = {"PMI_RANK", "OMPI_COMM_WORLD_RANK"}, *number = NULL;
    int rank, size, child = 0, room = ROOM;
    for (int i = 0; i < 2 && !number; i++)
        number = getenv(variables[i]);
    if (argc < 4 || !number) {
        fprintf(stderr, "usage: mpiexec -n 2 far capture|blocks BYTES REPEATS, of MPICH or Open MPI\n");
        return 64;
    }
    int is_capture = argv[1][0] == 'c', repeats = atoi(argv[3]);
    long bytes = atol(argv[2]);
    /* Ahead of MPI, which a child must not have. */
    if (atoi(number) == 0) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, up) != 0)
            return 1;
        for (int end = 0; end < 2; end++)
            setsockopt(up[end], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        child = fork();
        if (child == 0) {
            close(up[1]);
            client(is_capture, bytes, repeats);
            _exit(0);
        }
        close(up[0]);
    }
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size != 2)
        MPI_Abort(MPI_COMM_WORLD, 64);
    for (int repeat = 0; repeat < repeats; repeat++) {
        if (is_capture)
            capture(rank, bytes);
        else
            blocks(rank, bytes);
    }
    if (rank == 0)
        waitpid(child, NULL, 0);
    MPI_Finalize();
    return 0;
}
