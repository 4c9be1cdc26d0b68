namespace PathosHpc;

/// <summary>Names of flavors as users know them.</summary>
internal static class MpiFlavorNames
{
    public static string Of(MpiFlavor flavor) => flavor switch
    {
        MpiFlavor.Mpich => "MPICH",
        MpiFlavor.OpenMpi => "Open MPI",
        _ => "MPI-5 ABI",
    };
}
