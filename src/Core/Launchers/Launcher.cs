namespace PathosHpc;

/// <summary>Starts the ranks of a job: tells the command line that does it, and reads what the launcher prints when a rank dies.
/// A launcher runs nothing itself. Derive from it for a site's own launcher, or use <see cref="CommandLauncher"/>.</summary>
public abstract class Launcher
{
    /// <summary>What it is called in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The MPI that the ranks it starts belong to; null when it is not known.</summary>
    public abstract MpiFlavor? Flavor { get; }

    /// <summary>The command that starts the ranks.</summary>
    /// <exception cref="ArgumentException">The request is not sound, or this launcher cannot honour it.</exception>
    public abstract LaunchCommand Plan(LaunchRequest request);

    /// <summary>Reads in what the launcher and its ranks printed how the rank that ended first ended.</summary>
    /// <returns>Null when the output tells of no death.</returns>
    public virtual RankDeath? FindRankDeath(string output) => null;

    /// <summary>Whether a line of output is the launcher's own bookkeeping, that nobody wants to see among the ranks' output.</summary>
    public virtual bool IsChatter(string line) => false;

    /// <summary>The same launcher with what only a look at this machine tells: where its program is and what MPI it belongs to.</summary>
    /// <exception cref="JobFailedException">There is no such program, or it cannot be run.</exception>
    internal virtual Launcher Resolve(CancellationToken cancellationToken) => this;

    /// <inheritdoc cref="Resolve"/>
    internal Task<Launcher> ResolveAsync(CancellationToken cancellationToken) => Task.Run(() => Resolve(cancellationToken), cancellationToken);
}
