/* One small request to a sleeping world, and its answer, in C: what waking up costs. A client outside the world asks over a Unix socket; the root sleeps in
   poll, wakes and answers; a thread of the client receives and wakes the one that waits. With LEVELS 2 the root asks rank 1 first, by MPI and a datagram that
   wakes it, and sleeps until it is rung itself.
   usage: hops MILLISECONDS LEVELS REPEATS     sleeps so long ahead of each request; prints the seconds of each, one a line */
#define _GNU_SOURCE
#include <mpi.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 256, TAG = 5, WARM = 50 };

static int up[2];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
static int answers;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *receive(void *unused)
{
    char bytes[BYTES];
    while (read(up[0], bytes, BYTES) > 0) {
        pthread_mutex_lock(&gate);
        answers++;
        pthread_cond_signal(&came);
        pthread_mutex_unlock(&gate);
    }
    return unused;
}

static void ask(int milliseconds, int repeats)
{
    pthread_t thread;
    char bytes[BYTES] = {0};
    pthread_create(&thread, NULL, receive, NULL);
    for (int i = 0; i < WARM + repeats; i++) {
        if (i >= WARM)
            usleep((useconds_t)milliseconds * 1000);
        double began = now();
        if (write(up[0], bytes, BYTES) != BYTES)
            _exit(1);
        pthread_mutex_lock(&gate);
        while (answers <= i)
            pthread_cond_wait(&came, &gate);
        pthread_mutex_unlock(&gate);
        if (i >= WARM)
            printf("%.9f\n", now() - began);
    }
    fflush(stdout);
}

static int bell(int rank, int client, struct sockaddr_un *other)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    *other = own;
    snprintf(own.sun_path + 1, sizeof own.sun_path - 1, "hops.%d.%d", client, rank);
    snprintf(other->sun_path + 1, sizeof other->sun_path - 1, "hops.%d.%d", client, 1 - rank);
    int socket_ = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(socket_, (struct sockaddr *)&own, sizeof own) != 0)
        MPI_Abort(MPI_COMM_WORLD, 1);
    return socket_;
}

/* Sleeps until somebody rings, and takes the message that was rung for. */
static int await_message(int bell_, char *bytes)
{
    MPI_Status status;
    struct pollfd rung = {bell_, POLLIN, 0};
    int flag = 0, count;
    char ring[16];
    while (!flag) {
        /* The first look finds what the last one fetched. */
        for (int look = 0; look < 2 && !flag; look++)
            MPI_Iprobe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &flag, &status);
        if (!flag && poll(&rung, 1, 10) > 0 && read(bell_, ring, sizeof ring) < 0)
            MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Recv(bytes, BYTES, MPI_BYTE, MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, MPI_BYTE, &count);
    return count;
}

static void send_and_ring(int rank, int bell_, struct sockaddr_un *other, const char *bytes, int count)
{
    MPI_Send(bytes, count, MPI_BYTE, rank, TAG, MPI_COMM_WORLD);
    sendto(bell_, "r", 1, 0, (struct sockaddr *)other, sizeof *other);
}

int main(int argc, char **argv)
{
    int rank, client = 0, size, levels = argc > 2 ? atoi(argv[2]) : 1;
    const char *variables[] = {"PMI_RANK", "OMPI_COMM_WORLD_RANK"}, *number = NULL;
    for (int i = 0; i < 2 && !number; i++)
        number = getenv(variables[i]);
    if (argc < 4 || !number) {
        fprintf(stderr, "usage: mpiexec -n 2 hops MILLISECONDS LEVELS REPEATS, of MPICH or Open MPI\n");
        return 64;
    }
    /* Ahead of MPI, which a child must not have. */
    if (atoi(number) == 0) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, up) != 0)
            return 1;
        client = fork();
        if (client == 0) {
            close(up[1]);
            ask(atoi(argv[1]), atoi(argv[3]));
            _exit(0);
        }
        close(up[0]);
    }
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Bcast(&client, 1, MPI_INT, 0, MPI_COMM_WORLD);
    struct sockaddr_un other;
    int bell_ = bell(rank, client, &other), count;
    char bytes[BYTES];
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) {
        struct pollfd asked = {up[1], POLLIN, 0};
        while (poll(&asked, 1, -1) > 0 && (count = (int)read(up[1], bytes, BYTES)) > 0) {
            if (levels > 1) {
                send_and_ring(1, bell_, &other, bytes, count);
                count = await_message(bell_, bytes);
            }
            if (write(up[1], bytes, (size_t)count) != count)
                break;
        }
        send_and_ring(1, bell_, &other, bytes, 0);
        waitpid(client, NULL, 0);
    } else if (rank == 1) {
        while ((count = await_message(bell_, bytes)) > 0)
            send_and_ring(0, bell_, &other, bytes, count);
    }
    MPI_Finalize();
    return 0;
}
