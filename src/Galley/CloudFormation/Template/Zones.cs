namespace Galley.CloudFormation.Template;

/// <summary>The availability zones of a region: three, as most regions have.</summary>
internal static class Zones
{
    /// <summary>A parameter type whose values are those of the region.</summary>
    public const string ParameterType = "AWS::EC2::AvailabilityZone::Name", ListType = $"List<{ParameterType}>";

    public static IReadOnlyList<string> Of(string region) => [region + "a", region + "b", region + "c"];
}
