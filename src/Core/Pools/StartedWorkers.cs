namespace PathosHpc;

/// <summary>A host of workers that was started.</summary>
/// <param name="Stream">To it and from it.</param>
/// <param name="Count">How many workers it has.</param>
/// <param name="GrantedAsync">What has to be awaited between its first input and its first output.</param>
/// <param name="EndAsync">Ends what carries the stream.</param>
internal sealed record StartedWorkers(Stream Stream, int Count, Func<CancellationToken, Task> GrantedAsync, Func<Task> EndAsync);
