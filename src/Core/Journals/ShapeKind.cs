namespace PathosHpc;

/// <summary>Kinds of <see cref="ValueShape"/>.</summary>
internal enum ShapeKind : byte
{
    /// <summary>Only the program that made it reads it.</summary>
    Unknown = 0,
    /// <summary>A number, a truth value, a date, an identifier.</summary>
    Scalar = 1,
    /// <summary>A string.</summary>
    Text = 2,
    /// <summary>An array of one dimension.</summary>
    Array = 3,
    /// <summary>A struct that lies as its memory.</summary>
    RawRecord = 4,
    /// <summary>A struct, field after field.</summary>
    Record = 5,
    /// <summary>An object of a class, field after field.</summary>
    Reference = 6,
}
