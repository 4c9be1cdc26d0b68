using System.Reflection;

namespace PathosHpc;

/// <summary>Delegates of one type: for each call in the list its method and its target. A delegate exists before what its targets
/// hold is read, so that a lambda may capture itself.</summary>
internal sealed class DelegateCodec(Type type) : WholeCodec
{
    private const byte NoTarget = 0, ClosureTarget = 1, ObjectTarget = 2;


    public override void WriteHead(GraphWriter writer, object value)
    {
        var function = (Delegate)value;
        Delegate[] calls = function.HasSingleTarget ? [function] : function.GetInvocationList();
        var pending = new ObjectCodec?[calls.Length];
        writer.Out.WriteVarUInt((ulong)calls.Length);
        for (int i = 0; i < calls.Length; i++)
            pending[i] = WriteCall(writer, calls[i]);
        for (int i = 0; i < calls.Length; i++)
            WriteTarget(writer, calls[i], pending[i]);
    }

    public override object ReadHead(GraphReader reader)
    {
        int number = reader.LastReserved;
        int count = checked((int)reader.In.ReadCount(1));
        var calls = new Delegate[count];
        var pending = new ObjectCodec?[count];
        for (int i = 0; i < count; i++)
            calls[i] = ReadCall(reader, out pending[i]);
        Delegate function = Delegate.Combine(calls) ?? throw new MalformedPayloadException("A delegate calls nothing.");
        reader.Set(number, function);
        for (int i = 0; i < count; i++)
            ReadTarget(reader, calls[i].Target, pending[i]);
        return function;
    }

    /// <summary>Writes what is needed to create the delegate of one call; gives the codec that its target's body still wants.</summary>
    private ObjectCodec? WriteCall(GraphWriter writer, Delegate call)
    {
        object? target = call.Target;
        MethodInfo method = MethodOf(call, target);
        MethodNames.Write(writer.Out, method);
        Note(writer, method, target);
        if (target is null)
        {
            writer.Out.WriteByte(NoTarget);
            return null;
        }
        if (Closures.IsClosure(target.GetType()))
        {
            writer.Out.WriteByte(ClosureTarget);
            Closures.WriteHead(writer, target);
            return null;
        }
        writer.Out.WriteByte(ObjectTarget);
        writer.Path?.Captured("this");
        ObjectCodec? codec = Slot<object>.Reference!.Begin(writer, target, mayDefer: false, out _);
        writer.Path?.Back();
        return codec;
    }

    private static void WriteTarget(GraphWriter writer, Delegate call, ObjectCodec? pending)
    {
        if (call.Target is not { } target)
            return;
        if (Closures.IsClosure(target.GetType()))
        {
            Closures.WriteBody(writer, MethodScan.Of(call.Method), target);
        }
        else if (pending is not null)
        {
            writer.Path?.Captured("this");
            long before = writer.Out.Length;
            pending.WriteBody(writer, target);
            writer.Depth--;
            writer.Path?.Measured?.Invoke(writer.Path.ToString(), writer.Out.Length - before);
            writer.Path?.Back();
        }
    }

    private Delegate ReadCall(GraphReader reader, out ObjectCodec? pending)
    {
        MethodInfo method = MethodNames.Read(reader.In);
        object? target = null;
        pending = null;
        switch (reader.In.ReadByte())
        {
            case NoTarget:
                break;
            case ClosureTarget:
                target = Closures.ReadHead(reader);
                break;
            case ObjectTarget:
                target = Slot<object>.Reference!.Begin(reader, out pending, out bool deferred);
                if (deferred)
                    throw new MalformedPayloadException("The target of a delegate was put off.");
                break;
            default:
                throw new MalformedPayloadException("A delegate has no kind of target that is known.");
        }
        Delegate call = Delegate.CreateDelegate(type, target, method, throwOnBindFailure: false)
            ?? throw new MalformedPayloadException($"{TypeText.Of(type)} cannot call {method.Name} of {TypeText.Of(method.DeclaringType!)}.");
        return target is null || !method.IsVirtual || call.Method == method ? call : Exactly(method, target);
    }

    /// <summary>A delegate that calls <paramref name="method"/> itself, as <c>base.Method</c> does, not what overrides it.</summary>
    private Delegate Exactly(MethodInfo method, object target) =>
        (Delegate)type.GetConstructors()[0].Invoke([target, method.MethodHandle.GetFunctionPointer()]);

    private static void ReadTarget(GraphReader reader, object? target, ObjectCodec? pending)
    {
        if (target is not null && Closures.IsClosure(target.GetType()))
        {
            Closures.ReadBody(reader, target);
        }
        else if (pending is not null)
        {
            pending.ReadBody(reader, target!);
            reader.Depth--;
        }
    }

    private MethodInfo MethodOf(Delegate call, object? target)
    {
        MethodInfo method = call.Method;
        bool made = method.DeclaringType is null || method.Module.Assembly.IsDynamic
            || method.Module.Assembly.GetName().Name == "System.Linq.Expressions" || target?.GetType().FullName == "System.Runtime.CompilerServices.Closure";
        return made ? throw new RefusalException(type, "a function compiled at run time", "write it as a lambda or a method, or compile it inside the function") : method;
    }

    private static void Note(GraphWriter writer, MethodInfo method, object? target)
    {
        if (writer.Notes is not { } notes || AppAssemblies.IsFramework(method.Module.Assembly))
            return;
        foreach (string used in MethodScan.Of(method).Statics)
            notes.StaticUsed(used);
        if (target is not null && !Closures.IsClosure(target.GetType()))
            notes.CarriesThis = true;
    }
}
