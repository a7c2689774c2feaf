namespace Galley.CloudFormation.Template;

/// <summary>The acknowledgements a template asks of whoever makes a stack of it.</summary>
internal static class Capabilities
{
    private static readonly HashSet<string> IamTypes =
    [
        "AWS::IAM::AccessKey", "AWS::IAM::Group", "AWS::IAM::InstanceProfile", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User",
        "AWS::IAM::UserToGroupAddition", "AWS::IAM::ManagedPolicy",
    ];

    private static readonly string[] NameProperties = ["RoleName", "UserName", "GroupName", "InstanceProfileName", "ManagedPolicyName"];

    public static IReadOnlyList<TemplateResource> IamResources(StackTemplate template)
        => [.. template.Resources.Values.Where(resource => IamTypes.Contains(resource.Type))];

    /// <summary>`CAPABILITY_IAM` or `CAPABILITY_NAMED_IAM`, or nothing.</summary>
    public static string? Iam(StackTemplate template)
    {
        var resources = IamResources(template);
        return resources.Count == 0 ? null
            : resources.Any(resource => NameProperties.Any(resource.Properties.ContainsKey)) ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
    }

    /// <param name="template">After transforms.</param>
    /// <param name="given">What the caller acknowledged.</param>
    /// <param name="expand">Whether transforms must be acknowledged too: on a direct create or update, not in a change set that can be read first.</param>
    public static void Require(StackTemplate template, IReadOnlyList<string> given, bool expand)
    {
        var missing = new List<string>();
        if (Iam(template) is { } iam && !given.Contains("CAPABILITY_NAMED_IAM") && (iam == "CAPABILITY_NAMED_IAM" || !given.Contains(iam))) missing.Add(iam);
        if (expand && template.Transforms.Count > 0 && !given.Contains("CAPABILITY_AUTO_EXPAND")) missing.Add("CAPABILITY_AUTO_EXPAND");
        if (missing.Count > 0) throw Errors.MissingCapabilities(missing);
    }
}
