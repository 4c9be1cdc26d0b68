using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace PathosHpc;

/// <summary>One instruction of a method's body.</summary>
/// <param name="Code">What it does.</param>
/// <param name="Token">The member that it names, or 0.</param>
internal readonly record struct Instruction(OpCode Code, int Token);

/// <summary>Splits a method's body into instructions.</summary>
internal static class IlReader
{
    private static readonly OpCode[] Short = new OpCode[256];
    private static readonly OpCode[] Long = new OpCode[256];

    static IlReader()
    {
        foreach (FieldInfo field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? Short : Long)[code.Value & 0xFF] = code;
        }
    }

    public static Instruction[] Read(byte[] body)
    {
        var instructions = new Instruction[body.Length];
        int count = 0;
        for (int at = 0; at < body.Length;)
        {
            OpCode code = body[at] == 0xFE && at + 1 < body.Length ? Long[body[at + 1]] : Short[body[at]];
            at += code.Size;
            ReadOnlySpan<byte> operand = body.AsSpan(at);
            bool named = code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType;
            instructions[count++] = new Instruction(code, named ? BinaryPrimitives.ReadInt32LittleEndian(operand) : 0);
            at += OperandSize(code.OperandType, operand);
        }
        Array.Resize(ref instructions, count);
        return instructions;
    }

    private static int OperandSize(OperandType type, ReadOnlySpan<byte> operand) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BinaryPrimitives.ReadInt32LittleEndian(operand),
        _ => 4,
    };
}
