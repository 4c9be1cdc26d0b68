namespace PathosHpc;

/// <summary>Stands for an exception of a rank whose type cannot travel to this process.</summary>
public sealed class RemoteException : PathosException
{
    internal RemoteException(string typeName, string message, string? remoteStackTrace, Exception? inner = null)
        : base($"{typeName}: {message}", inner)
        => (TypeName, RemoteMessage, RemoteStackTrace) = (typeName, message, remoteStackTrace);

    /// <summary>Full name of the exception's type.</summary>
    public string TypeName { get; }

    /// <summary>Its message, without the type's name.</summary>
    public string RemoteMessage { get; }

    /// <summary>Its stack trace on the rank.</summary>
    public string? RemoteStackTrace { get; }
}
