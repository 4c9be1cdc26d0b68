using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace PathosHpc;

/// <summary>Exceptions: what they say, their causes and the fields that their classes add. Their stack trace travels as text.</summary>
internal sealed class ExceptionCodec<T> : ObjectCodec where T : Exception
{
    private readonly FieldSlot[] added = Array.FindAll(FieldSlot.All(typeof(T), typeof(Exception)), slot => !StaysBehind(slot.Field));

    public override object ReadHead(GraphReader reader) => RuntimeHelpers.GetUninitializedObject(typeof(T));

    public override void WriteBody(GraphWriter writer, object value)
    {
        var exception = (Exception)value;
        writer.Out.WriteString(ExceptionFields.Message(exception));
        writer.Out.WriteString(exception.StackTrace);
        writer.Out.WriteString(exception.Source);
        writer.Out.WriteString(exception.HelpLink);
        writer.Out.WriteInt32(exception.HResult);
        Exception? inner = exception.InnerException;
        writer.Path?.Field(nameof(Exception.InnerException));
        Slot<Exception?>.Write(writer, ref inner);
        writer.Path?.Back();
        WriteData(writer.Out, exception.Data);
        foreach (FieldSlot slot in added)
            slot.Write(writer, value);
    }

    public override void ReadBody(GraphReader reader, object value)
    {
        var exception = (Exception)value;
        ExceptionFields.Message(exception) = reader.In.ReadString();
        if (reader.In.ReadString() is { } trace)
            ExceptionDispatchInfo.SetRemoteStackTrace(exception, trace);
        exception.Source = reader.In.ReadString();
        exception.HelpLink = reader.In.ReadString();
        exception.HResult = reader.In.ReadInt32();
        Exception? inner = null;
        Slot<Exception?>.Read(reader, ref inner);
        ExceptionFields.InnerException(exception) = inner;
        ReadData(reader.In, exception);
        foreach (FieldSlot slot in added)
            slot.Read(reader, value);
    }

    /// <summary>Fields of .NET's exceptions that mean something only where they were thrown.</summary>
    private static bool StaysBehind(FieldInfo field) =>
        AppAssemblies.IsFramework(field.DeclaringType!.Assembly) && (field.FieldType == typeof(CancellationToken) || typeof(Task).IsAssignableFrom(field.FieldType));

    private static void WriteData(PayloadWriter output, IDictionary data)
    {
        DictionaryEntry[] entries = [.. data.Cast<DictionaryEntry>()];
        output.WriteVarUInt((ulong)entries.Length);
        foreach (DictionaryEntry entry in entries)
        {
            output.WriteString(entry.Key.ToString());
            output.WriteString(entry.Value?.ToString());
        }
    }

    private static void ReadData(PayloadReader input, Exception exception)
    {
        for (long count = input.ReadCount(2); count > 0; count--)
            exception.Data[input.ReadString() ?? ""] = input.ReadString();
    }
}

/// <summary>Fields of <see cref="Exception"/> that have no setter.</summary>
internal static class ExceptionFields
{
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_message")]
    public static extern ref string? Message(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_innerException")]
    public static extern ref Exception? InnerException(Exception exception);
}
