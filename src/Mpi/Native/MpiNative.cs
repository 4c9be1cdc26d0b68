using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The MPI functions that are used, under one set of signatures for all three ABIs: handles by value are <see cref="nint"/>,
/// handles by reference are <c>nint*</c> to a variable that was 0 before (MPICH writes only its lower half), a status is a buffer read through
/// <see cref="MpiAbi"/>. The name <c>pathos-mpi</c> is bound to the libmpi chosen at run time by <see cref="MpiLibrary"/>.</summary>
internal static unsafe partial class MpiNative
{
    public const string Library = "pathos-mpi";

    [LibraryImport(Library)] public static partial int MPI_Init_thread(nint argc, nint argv, int required, int* provided);
    [LibraryImport(Library)] public static partial int MPI_Finalize();
    [LibraryImport(Library)] public static partial int MPI_Abort(nint comm, int code);
    [LibraryImport(Library)] public static partial int MPI_Get_library_version(byte* version, int* length);
    [LibraryImport(Library)] public static partial int MPI_Error_class(int code, int* errorClass);
    [LibraryImport(Library)] public static partial int MPI_Error_string(int code, byte* text, int* length);

    [LibraryImport(Library)] public static partial int MPI_Comm_rank(nint comm, int* rank);
    [LibraryImport(Library)] public static partial int MPI_Comm_size(nint comm, int* size);
    [LibraryImport(Library)] public static partial int MPI_Comm_dup(nint comm, nint* duplicate);
    [LibraryImport(Library)] public static partial int MPI_Comm_split(nint comm, int color, int key, nint* part);
    [LibraryImport(Library)] public static partial int MPI_Comm_free(nint* comm);
    [LibraryImport(Library)] public static partial int MPI_Comm_set_errhandler(nint comm, nint handler);
    [LibraryImport(Library)] public static partial int MPI_Comm_get_attr(nint comm, int key, void* value, int* found);

    [LibraryImport(Library)] public static partial int MPI_Isend(void* buffer, int count, nint type, int destination, int tag, nint comm, nint* request);
    [LibraryImport(Library)] public static partial int MPI_Iprobe(int source, int tag, nint comm, int* flag, byte* status);
    [LibraryImport(Library)] public static partial int MPI_Improbe(int source, int tag, nint comm, int* flag, nint* message, byte* status);
    [LibraryImport(Library)] public static partial int MPI_Mrecv(void* buffer, int count, nint type, nint* message, nint status);
    [LibraryImport(Library)] public static partial int MPI_Imrecv(void* buffer, int count, nint type, nint* message, nint* request);
    [LibraryImport(Library)] public static partial int MPI_Test(nint* request, int* flag, nint status);
    [LibraryImport(Library)] public static partial int MPI_Get_elements_x(byte* status, nint type, long* count);

    [LibraryImport(Library)] public static partial int MPI_Type_contiguous(int count, nint type, nint* contiguous);
    [LibraryImport(Library)] public static partial int MPI_Type_create_hindexed(int count, int* lengths, nint* displacements, nint type, nint* created);
    [LibraryImport(Library)] public static partial int MPI_Type_commit(nint* type);
    [LibraryImport(Library)] public static partial int MPI_Type_free(nint* type);

    [LibraryImport(Library)] public static partial int MPI_Ibarrier(nint comm, nint* request);
    [LibraryImport(Library)] public static partial int MPI_Ibcast(void* buffer, int count, nint type, int root, nint comm, nint* request);
    [LibraryImport(Library)]
    public static partial int MPI_Iscatter(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request);
    [LibraryImport(Library)]
    public static partial int MPI_Iscatterv(
        void* send, int* counts, int* displacements, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request);
    [LibraryImport(Library)]
    public static partial int MPI_Igather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request);
    [LibraryImport(Library)]
    public static partial int MPI_Igatherv(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, int root, nint comm, nint* request);
    [LibraryImport(Library)]
    public static partial int MPI_Iallgather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request);
    [LibraryImport(Library)]
    public static partial int MPI_Iallgatherv(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm, nint* request);
    [LibraryImport(Library)]
    public static partial int MPI_Ireduce(void* send, void* receive, int count, nint type, nint op, int root, nint comm, nint* request);
    [LibraryImport(Library)]
    public static partial int MPI_Iallreduce(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request);
}
