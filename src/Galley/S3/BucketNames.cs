using System.Net;
using System.Text.RegularExpressions;

namespace Galley.S3;

/// <summary>Which names a bucket may have (S3 user guide, bucket naming rules).</summary>
internal static partial class BucketNames
{
    public static bool Valid(string name)
        => Shape().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal)
           && !(IPAddress.TryParse(name, out _) && name.Count(c => c == '.') == 3)
           && !name.StartsWith("xn--", StringComparison.Ordinal) && !name.StartsWith("sthree-", StringComparison.Ordinal)
           && !name.EndsWith("-s3alias", StringComparison.Ordinal) && !name.EndsWith("--ol-s3", StringComparison.Ordinal)
           && !name.EndsWith(".mrap", StringComparison.Ordinal) && !name.EndsWith("--x-s3", StringComparison.Ordinal);

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
