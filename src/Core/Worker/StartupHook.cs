using PathosHpc;

/// <summary>Serves as a worker before the <c>Main</c> of a single-file application; the host asks for this name, without a namespace.</summary>
internal static class StartupHook
{
    public static void Initialize() => WorkerProgram.ServeAsHook(WorkerMain.Run);
}
