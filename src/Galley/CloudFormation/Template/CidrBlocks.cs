using System.Globalization;
using System.Net;
using System.Numerics;

namespace Galley.CloudFormation.Template;

/// <summary>`Fn::Cidr`: [block, count, bits] → that many networks with that many host bits, one after the other.</summary>
internal static class CidrBlocks
{
    public static IReadOnlyList<string> Of(IReadOnlyList<string> arguments)
    {
        if (!IPNetwork.TryParse(arguments[0], out var network) || !int.TryParse(arguments[1], CultureInfo.InvariantCulture, out var count) || count is < 1 or > 256)
            throw Errors.Template("Fn::Cidr needs a CIDR block and a count between 1 and 256.");
        var width = network.BaseAddress.GetAddressBytes().Length * 8;
        var bits = 8;
        if (arguments.Count == 3 && !int.TryParse(arguments[2], CultureInfo.InvariantCulture, out bits) || bits < 1 || bits > width)
            throw Errors.Template("Fn::Cidr needs a number of bits.");
        var prefix = width - bits;
        if (prefix < network.PrefixLength || BigInteger.One << (prefix - network.PrefixLength) < count)
            throw Errors.Template($"Fn::Cidr cannot make {count} blocks out of {arguments[0]}.");
        var first = new BigInteger(network.BaseAddress.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        return [.. Enumerable.Range(0, count).Select(i => $"{Address(first + (new BigInteger(i) << bits), width / 8)}/{prefix}")];
    }

    private static IPAddress Address(BigInteger number, int length)
    {
        var bytes = new byte[length];
        var digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        digits.CopyTo(bytes, length - digits.Length);
        return new IPAddress(bytes);
    }
}
