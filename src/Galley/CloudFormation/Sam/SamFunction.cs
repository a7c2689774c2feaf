using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>`AWS::Serverless::Function`: a function, the role it runs as, its published version and alias, and what its events need.</summary>
/// <param name="run">Takes what is made.</param>
/// <param name="function">The resource.</param>
/// <param name="apis">An HTTP API of the template by its logical id, or the implicit one.</param>
/// <param name="layers">A SAM layer of the template.</param>
internal sealed partial class SamFunction(SamRun run, SamResource function, Func<string?, SamHttpApi?> apis, Func<string, SamResource?> layers)
{
    /// <summary>Properties that the function itself has under the same name.</summary>
    private static readonly string[] Same =
    [
        "Handler", "Runtime", "FunctionName", "Description", "MemorySize", "Timeout", "Environment", "Architectures", "ReservedConcurrentExecutions", "EphemeralStorage", "LoggingConfig", "Layers",
        "VpcConfig", "KmsKeyArn", "FileSystemConfigs", "ImageConfig", "PackageType", "SnapStart", "CodeSigningConfigArn", "RuntimeManagementConfig", "RecursiveLoop",
    ];

    private static readonly string[] Others =
    [
        "CodeUri", "ImageUri", "InlineCode", "Role", "RolePath", "PermissionsBoundary", "AssumeRolePolicyDocument", "Policies", "Events", "Tags", "PropagateTags", "FunctionUrlConfig",
        "EventInvokeConfig", "DeadLetterQueue", "Tracing", "AutoPublishAlias", "AutoPublishCodeSha256", "AutoPublishAliasAllProperties", "VersionDescription", "VersionDeletionPolicy",
        "ProvisionedConcurrencyConfig", "DeploymentPreference", "SourceKMSKeyArn",
    ];

    private string Name => function.Name;

    private bool IsTraced => function.Properties["Tracing"] is { } tracing && Scalars.Text(run.Known(tracing)) != "Disabled";

    /// <summary>The tags alone when they are handed on, as AWS's translator has it, else behind SAM's own.</summary>
    private JsonArray Tags => function.IsTrue("PropagateTags") && function.Map("Tags") is { Count: > 0 } handed ? SamNodes.TagList(handed) : SamTags;

    private JsonArray SamTags => SamNodes.TagList(new JsonObject([KeyValuePair.Create("lambda:createdBy", (JsonNode?)"SAM"), .. function.Map("Tags").Select(tag => KeyValuePair.Create(tag.Key, tag.Value?.DeepClone()))]));

    public void WriteTo()
    {
        function.Allow([.. Same, .. Others]);
        if (function.Map("DeploymentPreference") is { Count: > 0 } preference && Scalars.Text(run.Known(preference["Enabled"])) != "false")
            throw SamErrors.Resource(Name, "Galley does not support DeploymentPreference: it has no CodeDeploy. Without it the alias points to the new version at once.");
        var properties = new JsonObject { ["Code"] = Code() };
        function.Copy(properties, Same);
        properties["Tags"] = SamTags;
        if (IsTraced) properties["TracingConfig"] = new JsonObject { ["Mode"] = function.Properties["Tracing"]!.DeepClone() };
        if (function.Map("DeadLetterQueue") is { Count: > 0 } dead)
        {
            if (dead["TargetArn"] is null || dead["Type"] is null) throw SamErrors.Resource(Name, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.");
            if (Scalars.Text(dead["Type"]) is not ("SQS" or "SNS")) throw SamErrors.Resource(Name, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
            properties["DeadLetterConfig"] = new JsonObject { ["TargetArn"] = dead["TargetArn"]!.DeepClone() };
        }

        if (function.Properties["Role"] is { } given) properties["Role"] = given.DeepClone();
        var alias = Publish(properties);
        properties["Tags"] = Tags;
        run.Make(Name, function.Make("AWS::Lambda::Function", properties, itself: true));
        SamFunctionParts.WriteTo(run, function, alias);
        var role = Role();
        var events = new SamEvents(run, function, alias, role, apis);
        events.WriteTo();
        if (role["Policies"] is JsonArray { Count: 0 }) role.Remove("Policies");
        Assume(properties, role);
    }

    /// <summary>Which role the function runs as: the one given, the one made for it, or either by a condition.</summary>
    private void Assume(JsonObject properties, JsonObject role)
    {
        var made = function.Make("AWS::IAM::Role", role);
        var arn = SamNodes.GetAtt(Name + "Role", "Arn");
        if (properties["Role"] is null) properties["Role"] = arn;
        else if (SamNodes.IfOf(properties["Role"]) is not { } fork || run.Known(properties["Role"])!["Fn::If"] is not JsonArray known || !fork.Skip(1).Any(SamNodes.IsNoValue)) return;
        else if (SamNodes.IsNoValue(fork[1]) && SamNodes.IsNoValue(fork[2])) properties["Role"] = arn;
        else
        {
            var condition = Scalars.Text(fork[0])!;
            var then = SamNodes.IsNoValue(fork[1]);
            properties["Role"] = new JsonObject { ["Fn::If"] = new JsonArray(condition, then ? arn : known[1]?.DeepClone(), then ? known[2]?.DeepClone() : arn) };
            made["Condition"] = then ? condition : "NOT" + condition;
            if (!then) run.Conditions["NOT" + condition] = new JsonObject { ["Fn::Not"] = new JsonArray(new JsonObject { ["Condition"] = condition }) };
        }

        run.Make(Name + "Role", made);
    }

    private JsonObject Code()
    {
        if (Scalars.Text(function.Properties["PackageType"]) == "Image")
            return function.Properties["ImageUri"] is { } image ? new JsonObject { ["ImageUri"] = image.DeepClone() } : throw SamErrors.Resource(Name, "'ImageUri' must be set.");
        if (function.Properties["InlineCode"] is { } inline) return new JsonObject { ["ZipFile"] = inline.DeepClone() };
        if (function.Properties["CodeUri"] is null) throw SamErrors.Resource(Name, "Only one of 'InlineCode' or 'CodeUri' can be set.");
        if (function.Properties["Runtime"] is null || function.Properties["Handler"] is null) throw SamErrors.Resource(Name, "Runtime and Handler needs to be present when PackageType is of type `Zip`");
        var code = SamNodes.Code(function, "CodeUri");
        function.Copy(code, "SourceKMSKeyArn");
        return code;
    }

    private JsonObject Role()
    {
        var needed = new List<string> { "AWSLambdaBasicExecutionRole" };
        if (IsTraced) needed.Add("AWSXrayWriteOnlyAccess");
        if (function.Properties["VpcConfig"] is not null) needed.Add("AWSLambdaVPCAccessExecutionRole");
        var (managed, inline) = SamPolicies.Split(function.Properties["Policies"], Name, needed);
        var policies = new JsonArray();
        if (function.Map("DeadLetterQueue") is { Count: > 0 } dead)
        {
            var policy = SamPolicies.Allow("DeadLetterQueuePolicy", (Scalars.Text(dead["Type"]) == "SQS" ? "sqs:SendMessage" : "sns:Publish", dead["TargetArn"]));
            policy["PolicyDocument"]!["Version"] = "2012-10-17";
            policies.Add((JsonNode)policy);
        }

        foreach (var policy in SamFunctionParts.DestinationPolicies(run, function).Concat(inline)) policies.Add(policy!.DeepClone());
        var role = new JsonObject
        {
            ["AssumeRolePolicyDocument"] = function.Properties["AssumeRolePolicyDocument"]?.DeepClone() ?? new JsonObject
            {
                ["Version"] = "2012-10-17",
                ["Statement"] = new JsonArray(new JsonObject
                {
                    ["Action"] = new JsonArray("sts:AssumeRole"),
                    ["Effect"] = "Allow",
                    ["Principal"] = new JsonObject { ["Service"] = new JsonArray("lambda.amazonaws.com") },
                }),
            },
            ["ManagedPolicyArns"] = managed,
            ["Policies"] = policies,
        };
        if (function.Properties["RolePath"] is { } path) role["Path"] = path.DeepClone();
        function.Copy(role, "PermissionsBoundary");
        role["Tags"] = Tags;
        return role;
    }

    /// <summary>
    /// `AutoPublishAlias`: a version whose logical id changes with the code, and an alias to it.
    /// </summary>
    /// <returns>The alias's logical id; null without one.</returns>
    private string? Publish(JsonObject properties)
    {
        if (function.Properties["AutoPublishAlias"] is not { } wanted)
        {
            if (function.Properties["ProvisionedConcurrencyConfig"] is not null) throw SamErrors.Resource(Name, "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function");
            return null;
        }

        if (run.Known(wanted) is not JsonValue known || Scalars.Text(known) is not { } name) throw SamErrors.Resource(Name, "'AutoPublishAlias' must be a string or a Ref to a template parameter");
        if (!AliasName().IsMatch(name))
            throw SamErrors.Resource(Name, $"AutoPublishAlias name ('{name}') must contain only alphanumeric characters, hyphens, or underscores matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.");
        var hash = function.Properties["AutoPublishCodeSha256"] is not { } sha ? null
            : run.Known(sha) is JsonValue text ? Scalars.Text(text) : throw SamErrors.Resource(Name, "AutoPublishCodeSha256 must be a string");
        if (hash is not null)
        {
            // Another hash must be a change of the function too, or no new version would be published.
            var description = run.Known(function.Properties["Description"]);
            properties["Description"] = description is null or JsonValue ? $"{Scalars.Text(description)} {hash}".TrimStart() : new JsonObject { ["Fn::Join"] = new JsonArray(" ", new JsonArray(description, hash)) };
        }

        // A key in a parameter is a change that the hash must see; AWS's translator writes it out.
        properties["Code"] = run.Known(properties["Code"]);
        var version = $"{Name}Version{hash?[..Math.Min(10, hash.Length)] ?? SamHash.Of(Hashed(properties))}";
        var alias = $"{Name}Alias{name.Replace("-", "D", StringComparison.Ordinal).Replace("_", "U", StringComparison.Ordinal)}";
        var published = new JsonObject { ["FunctionName"] = SamNodes.Ref(Name) };
        if (function.Properties["VersionDescription"] is { } said) published["Description"] = said.DeepClone();
        var made = function.Make("AWS::Lambda::Version", published);
        made["DeletionPolicy"] ??= function.Properties["VersionDeletionPolicy"]?.DeepClone() ?? "Retain";
        run.Make(version, made);
        var pointing = new JsonObject { ["Name"] = name, ["FunctionName"] = SamNodes.Ref(Name), ["FunctionVersion"] = SamNodes.GetAtt(version, "Version") };
        function.Copy(pointing, "ProvisionedConcurrencyConfig");
        run.Make(alias, function.Make("AWS::Lambda::Alias", pointing));
        run.Name(Name + ".Version", version);
        run.Name(Name + ".Alias", alias);
        return alias;
    }

    private JsonObject Hashed(JsonObject properties)
    {
        if (function.IsTrue("AutoPublishAliasAllProperties"))
        {
            var all = (JsonObject)properties.DeepClone();
            foreach (var layer in properties["Layers"] as JsonArray ?? [])
                if (layer is JsonObject { Count: 1 } reference && Scalars.Text(reference["Ref"]) is { } id && layers(id) is { } own && own.IsTrue("PublishLambdaVersion"))
                    all[id] = own.Properties.DeepClone();
            return all;
        }

        var hashed = (JsonObject)properties["Code"]!.DeepClone();
        foreach (var (name, value) in properties["Environment"] as JsonObject ?? []) hashed[name] = value?.DeepClone();
        if (properties["MemorySize"] is { } memory) hashed["MemorySize"] = memory.DeepClone();
        if (properties["SnapStart"] is JsonObject snap && Scalars.Text(snap["ApplyOn"]) is not (null or "None")) hashed["SnapStart"] = snap.DeepClone();
        return hashed;
    }

    [GeneratedRegex(@"\A(?![0-9]+\z)[a-zA-Z0-9_-]+\z")]
    private static partial Regex AliasName();
}
