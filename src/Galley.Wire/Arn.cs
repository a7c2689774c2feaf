namespace Galley.Wire;

/// <summary>An Amazon Resource Name: `arn:partition:service:region:account:resource`.</summary>
public readonly record struct Arn(string Service, string Region, string Account, string Resource, string Partition = "aws")
{
    public override string ToString() => string.Concat(["arn:", Partition, ":", Service, ":", Region, ":", Account, ":", Resource]);

    /// <summary>False when <paramref name="text"/> has not the six parts of an ARN.</summary>
    public static bool TryParse(string? text, out Arn arn)
    {
        arn = default;
        if (text?.Split(':', 6) is not ["arn", var partition, var service, var region, var account, var resource]) return false;
        arn = new Arn(service, region, account, resource, partition);
        return true;
    }
}
