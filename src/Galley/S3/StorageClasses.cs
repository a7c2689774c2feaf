using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// Storage classes that differ from STANDARD in price and place alone are kept and told; those that would take an object out of reach
/// until it is restored are refused.
/// </summary>
internal static class StorageClasses
{
    private static readonly string[] AtHand = ["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY"];
    private static readonly string[] Elsewhere = ["GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP"];

    /// <summary>The class as it is kept; null for STANDARD.</summary>
    public static string? Read(string? name) => name switch
    {
        null or "STANDARD" => null,
        _ when AtHand.Contains(name) => name,
        _ when Elsewhere.Contains(name) => throw Errors.NotSupported($"the storage class {name}"),
        _ => throw new AwsError("InvalidStorageClass", "The storage class you specified is not valid").With("StorageClassRequested", name),
    };
}
