using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Walks from a method through the code that it leads to. Code that the compiler made (nested lambdas, local functions, the
/// state machines of async methods and iterators) is walked to the end, other code of the user's assemblies up to a limit:
/// only warnings depend on it.</summary>
internal sealed class MethodScanner
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const int MaxOrdinaryMethods = 400;

    private static readonly string[] Ours = ["PathosHpc.Core", "PathosHpc.Mpi", "PathosHpc.Schedulers", "PathosHpc.Ssh"];

    private readonly HashSet<FieldInfo> used = [];
    private readonly HashSet<FieldInfo> written = [];
    private readonly HashSet<MethodBase> met = [];
    private readonly HashSet<Type> machines = [];
    private readonly SortedSet<string> statics = new(StringComparer.Ordinal);
    private readonly Queue<MethodBase> generated = new();
    private readonly Queue<MethodBase> ordinary = new();
    private readonly Dictionary<Assembly, bool> users = [];
    private Assembly? home;

    public MethodScan Scan(IEnumerable<MethodBase> roots)
    {
        foreach (MethodBase root in roots)
        {
            home ??= root.Module.Assembly;
            Reach(root);
        }
        for (int count = 0; generated.TryDequeue(out MethodBase? method) || (count++ < MaxOrdinaryMethods && ordinary.TryDequeue(out method));)
            Walk(method);
        return new MethodScan(used, written, [.. statics]);
    }

    public static IEnumerable<MethodBase> MethodsOf(Type type) => type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All));

    private void Reach(MethodBase method)
    {
        if (method.DeclaringType is not { } type || !IsUsers(type.Assembly))
            return;
        if (!met.Add(Definition(method)))
            return;
        bool made = method.Name.StartsWith('<') || type.Name.StartsWith('<') || Closures.IsClosure(type);
        (made || met.Count == 1 ? generated : ordinary).Enqueue(method);
        if (method.GetCustomAttribute<StateMachineAttribute>() is { } machine)
            ReachMachine(machine.StateMachineType);
    }

    private static MethodBase Definition(MethodBase method) =>
        method.IsGenericMethod || method.DeclaringType!.IsGenericType ? method.Module.ResolveMethod(method.MetadataToken)! : method;

    private void ReachMachine(Type type)
    {
        Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (!machines.Add(definition))
            return;
        foreach (MethodBase method in MethodsOf(definition))
            Reach(method);
    }

    private void Walk(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } body)
            return;
        var resolver = new TokenResolver(method);
        Instruction[] instructions = IlReader.Read(body);
        for (int i = 0; i < instructions.Length; i++)
        {
            Instruction instruction = instructions[i];
            if (instruction.Code.OperandType == OperandType.InlineField)
                WalkField(resolver, instructions, i);
            else if (instruction.Code.OperandType == OperandType.InlineMethod && resolver.Method(instruction.Token) is { } called)
                Follow(called);
        }
    }

    private void Follow(MethodBase called)
    {
        Reach(called);
        if (called.IsConstructor && called.DeclaringType is { } type && type.Name.StartsWith('<') && !Closures.IsClosure(type) && IsUsers(type.Assembly))
            ReachMachine(type);
    }

    private void WalkField(TokenResolver resolver, Instruction[] instructions, int at)
    {
        if (resolver.Field(instructions[at].Token) is not { } field)
            return;
        if (field.IsStatic)
        {
            if (IsChangeable(field))
                statics.Add($"{TypeText.Of(field.DeclaringType!).Split('<')[0]}.{TypeText.MemberName(field.Name)}");
            return;
        }
        if (!Closures.IsClosure(field.DeclaringType!))
            return;
        used.Add(MethodScan.Definition(field));
        OpCode code = instructions[at].Code;
        if (code == OpCodes.Stfld || (code == OpCodes.Ldflda && IsWrittenThrough(resolver, instructions, at, field.FieldType)))
            written.Add(MethodScan.Definition(field));
    }

    /// <summary>Whether the user wrote the assembly, as far as can be told: libraries are signed, and keep statics for reasons of their own.</summary>
    private bool IsUsers(Assembly assembly)
    {
        if (assembly == home)
            return true;
        if (!users.TryGetValue(assembly, out bool byUser))
        {
            AssemblyName name = assembly.GetName();
            users[assembly] = byUser = name.GetPublicKeyToken() is not { Length: > 0 } && !Ours.Contains(name.Name);
        }
        return byUser;
    }

    private bool IsChangeable(FieldInfo field) =>
        field is { IsInitOnly: false, IsLiteral: false, DeclaringType: { } type } && IsUsers(type.Assembly)
        && !type.Name.StartsWith('<') && !field.Name.StartsWith("<>", StringComparison.Ordinal) && !Closures.IsClosure(type);

    /// <summary>Whether the address of a captured variable, taken at <paramref name="at"/>, is used to change it: by assigning to a
    /// field of it, or by passing it by reference.</summary>
    private static bool IsWrittenThrough(TokenResolver resolver, Instruction[] instructions, int at, Type type)
    {
        for (int i = at + 1; i < Math.Min(at + 24, instructions.Length); i++)
        {
            Instruction next = instructions[i];
            if (next.Code == OpCodes.Initobj || next.Code == OpCodes.Stobj || next.Code == OpCodes.Ret)
                return next.Code != OpCodes.Ret;
            if (next.Code == OpCodes.Ldfld && i == at + 1)
                return false;
            if (next.Code == OpCodes.Stfld)
                return resolver.Field(next.Token)?.DeclaringType == type;
            if (next.Code.OperandType != OperandType.InlineMethod || resolver.Method(next.Token) is not { } called)
                continue;
            if (!called.IsStatic && called.DeclaringType == type)
                return false;
            if (called.GetParameters().Any(parameter => parameter.ParameterType.IsByRef && !parameter.IsIn && parameter.ParameterType.GetElementType() == type))
                return true;
        }
        return false;
    }
}
