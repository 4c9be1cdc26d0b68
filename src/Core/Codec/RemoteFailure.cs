namespace PathosHpc;

/// <summary>An exception that was thrown on a rank.</summary>
/// <param name="TypeName">Full name of its type.</param>
/// <param name="Message">Its message.</param>
/// <param name="Text">Its <see cref="object.ToString"/> on the rank, stack trace and causes included.</param>
/// <param name="Exception">The original, rebuilt where its type can travel; else a <see cref="RemoteException"/>.</param>
internal sealed record RemoteFailure(string TypeName, string Message, string Text, Exception Exception);
