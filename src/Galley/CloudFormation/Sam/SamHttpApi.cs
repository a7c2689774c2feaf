using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>An HttpApi event of a function.</summary>
/// <param name="Event">Its name.</param>
/// <param name="Function">Whose it is.</param>
/// <param name="Alias">The function's alias, if it has one.</param>
/// <param name="Method">In lower case, or the extension that means any.</param>
/// <param name="Path">`/a/{id}` or `$default`.</param>
/// <param name="Properties">The event's.</param>
internal sealed record SamRoute(string Event, SamResource Function, string? Alias, string Method, string Path, JsonObject Properties)
{
    /// <summary>The route's name in RouteSettings.</summary>
    public required string SettingsKey { get; init; }
}

/// <summary>`AWS::Serverless::HttpApi`: an API whose body is OpenAPI, the template's own or gathered from the functions' events, its stage and its domain.</summary>
internal sealed partial class SamHttpApi
{
    private const string Integration = "x-amazon-apigateway-integration", CorsKey = "x-amazon-apigateway-cors", EndpointKey = "x-amazon-apigateway-endpoint-configuration";

    private readonly SamRun _run;
    private readonly SamResource _api;
    private readonly SamAuthorizers _authorizers;
    private readonly bool _isImplicit;
    private readonly List<SamRoute> _routes = [];
    private readonly JsonObject _tags;

    public SamHttpApi(SamRun run, SamResource api, bool isImplicit = false)
    {
        (_run, _api, _isImplicit) = (run, api, isImplicit);
        api.Allow(
            "Auth", "CorsConfiguration", "StageName", "RouteSettings", "DefaultRouteSettings", "AccessLogSettings", "StageVariables", "Tags", "Name", "Description", "DisableExecuteApiEndpoint",
            "FailOnWarnings", "DefinitionBody", "DefinitionUri", "Domain", "PropagateTags");
        _authorizers = new SamAuthorizers(api);
        _tags = (JsonObject)api.Map("Tags").DeepClone();
        run.Name(api.Name + ".Stage", Stage);
        if (Domain is not null) run.Name(api.Name + ".DomainName", DomainId);
    }

    public string Name => _api.Name;

    private JsonObject? Domain => _run.Known(_api.Properties["Domain"]) as JsonObject;

    private string DomainId => "ApiGatewayDomainNameV2" + SamHash.Of(Domain!["DomainName"]);

    /// <summary>Whether the paths are written by the transform alone.</summary>
    private bool IsManaged => _api.Properties["DefinitionBody"] is not JsonObject { Count: > 0 } && _api.Properties["DefinitionUri"] is null;

    /// <summary>The logical id of the stage.</summary>
    private string Stage => (_api.Properties["StageName"] ?? "$default") is not JsonValue value ? Name + "Stage"
        : Scalars.Text(value) is "$default" ? Name + "ApiGatewayDefaultStage"
        : Scalars.Text(value) is var name && name.All(char.IsLetterOrDigit) ? $"{Name}{name}Stage"
        : $"{Name}Stage{SamHash.Of(name)}";

    public void Add(SamRoute route) => _routes.Add(route);

    public void AddTags(JsonObject tags)
    {
        foreach (var (key, value) in tags) _tags[key] = value?.DeepClone();
    }

    /// <summary>Whether the function has the default route, whose permission covers all others; that of an alias does not count for AWS's translator.</summary>
    public bool Covers(string function) => _routes.Any(route => route.Path == SamEvents.DefaultPath && route.Function.Name == function && route.Alias is null);

    public void WriteTo()
    {
        var body = _api.Properties["DefinitionUri"] is null ? Body() : null;
        var api = _isImplicit ? Shared() : _api;
        var properties = new JsonObject();
        if (body is not null) properties["Body"] = body;
        else
        {
            if (_api.Properties["DefinitionBody"] is not null) throw SamErrors.Resource(Name, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
            foreach (var needing in (string[])["CorsConfiguration", "Auth", "Tags", "DisableExecuteApiEndpoint", "Name", "Description"])
                if (_api.Properties[needing] is not null) throw SamErrors.Resource(Name, $"{needing} works only with inline OpenApi specified in the 'DefinitionBody' property.");
            properties["BodyS3Location"] = (SamNodes.Place(_api.Properties["DefinitionUri"])
                ?? throw SamErrors.Resource(Name, "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")).DeepClone();
        }

        if (_api.IsTrue("FailOnWarnings")) _api.Copy(properties, "FailOnWarnings");
        _run.Make(Name, api.Make("AWS::ApiGatewayV2::Api", properties, itself: true));
        foreach (var (name, permission) in _authorizers.Permissions()) _run.Make(name, api.Make("AWS::Lambda::Permission", permission));
        if (Domain is { } domain) WriteDomain(api, domain);
        WriteStage(api, body is not null);
    }

    private void WriteStage(SamResource api, bool tagged)
    {
        var properties = new JsonObject { ["ApiId"] = SamNodes.Ref(Name), ["StageName"] = _api.Properties["StageName"]?.DeepClone() ?? "$default", ["AutoDeploy"] = true };
        _api.Copy(properties, "AccessLogSettings", "DefaultRouteSettings", "StageVariables");
        var settings = (JsonObject)_api.Map("RouteSettings").DeepClone();
        foreach (var route in _routes)
        {
            if (route.Properties["RouteSettings"] is not JsonObject own) continue;
            if (settings[route.SettingsKey] is not JsonObject all) settings[route.SettingsKey] = all = [];
            foreach (var (member, value) in route.Function.Condition is { } condition ? SamNodes.If(condition, own.DeepClone()) : own) all[member] = value?.DeepClone();
        }

        if (settings.Count > 0) properties["RouteSettings"] = settings;
        if (tagged) properties["Tags"] = _tags.DeepClone();
        _run.Make(Stage, api.Make("AWS::ApiGatewayV2::Stage", properties));
    }

    private void WriteDomain(SamResource api, JsonObject domain)
    {
        _api.Allow(domain, " of Domain", "DomainName", "CertificateArn", "EndpointConfiguration", "OwnershipVerificationCertificateArn", "SecurityPolicy", "MutualTlsAuthentication", "BasePath");
        if (domain["DomainName"] is null || domain["CertificateArn"] is null) throw SamErrors.Resource(Name, "Custom Domains only works if both DomainName and CertificateArn are provided.");
        if (Scalars.Text(domain["EndpointConfiguration"]) is not (null or "REGIONAL")) throw SamErrors.Resource(Name, "EndpointConfiguration for Custom Domains must be one of ['REGIONAL'].");
        var configuration = new JsonObject { ["CertificateArn"] = domain["CertificateArn"]!.DeepClone(), ["EndpointType"] = "REGIONAL" };
        SamNodes.Copy(domain, configuration, "OwnershipVerificationCertificateArn", "SecurityPolicy");
        var properties = new JsonObject { ["DomainName"] = domain["DomainName"]!.DeepClone(), ["DomainNameConfigurations"] = new JsonArray(configuration), ["Tags"] = _tags.DeepClone() };
        SamNodes.Copy(domain, properties, "MutualTlsAuthentication");
        _run.Make(DomainId, api.Make("AWS::ApiGatewayV2::DomainName", properties));
        foreach (var path in domain["BasePath"] switch { null => [null], JsonArray list => list.Select(Scalars.Text), var one => [Scalars.Text(one)] })
        {
            if (path is not null && !BasePath().IsMatch(path)) throw SamErrors.Resource(Name, "Invalid Basepath name provided.");
            var mapping = new JsonObject { ["DomainName"] = SamNodes.Ref(DomainId), ["ApiId"] = SamNodes.Ref(Name), ["Stage"] = SamNodes.Ref(Stage) };
            if (path is not null) mapping["ApiMappingKey"] = path.Trim('/');
            _run.Make($"{Name}{string.Concat((path ?? "").Where(char.IsLetterOrDigit))}ApiMapping", api.Make("AWS::ApiGatewayV2::ApiMapping", mapping));
        }
    }

    /// <summary>The implicit API has the conditions and policies of all the functions that bring it about.</summary>
    private SamResource Shared()
    {
        var attributes = new JsonObject();
        if (_routes.All(route => route.Function.Condition is not null)) attributes["Condition"] = _run.AnyOf(Name + "Condition", _routes.Select(route => route.Function.Condition!));
        foreach (var policy in (string[])["DeletionPolicy", "UpdateReplacePolicy"])
        {
            var said = _routes.Select(route => Scalars.Text(route.Function.Attributes[policy])).ToHashSet();
            if (said.Contains("Retain")) attributes[policy] = "Retain";
            else if (said.Contains("Delete")) attributes[policy] = "Delete";
        }

        return _api with { Attributes = attributes };
    }

    private JsonObject Body()
    {
        var body = _api.Properties["DefinitionBody"] is JsonObject { Count: > 0 } own ? (JsonObject)own.DeepClone() : new JsonObject
        {
            ["openapi"] = "3.0.1",
            ["info"] = new JsonObject { ["version"] = "1.0", ["title"] = SamNodes.Ref("AWS::StackName") },
            ["paths"] = new JsonObject(),
        };
        if (body["paths"] is not JsonObject paths || Scalars.Text(body["openapi"])?.StartsWith('3') != true)
        {
            // What is no document yet, such as one that another transform includes, is left as it is.
            if (_routes.Count == 0 && _api.Properties["Auth"] is null && _api.Properties["CorsConfiguration"] is null && _tags.Count == 0) return body;
            throw SamErrors.Resource(Name, "Invalid OpenApi document. Invalid values or missing keys for 'openapi' or 'paths' in 'DefinitionBody'.");
        }

        foreach (var route in _routes) AddTo(paths, route);
        AddCors(body);
        if (_authorizers.Schemes() is { Count: > 0 } schemes)
        {
            if (body["components"] is not JsonObject components) body["components"] = components = [];
            if (components["securitySchemes"] is not JsonObject defined) components["securitySchemes"] = defined = [];
            foreach (var (name, scheme) in schemes) defined[name] = scheme?.DeepClone();
        }

        _authorizers.GuardByDefault(paths, Integration);
        _tags["httpapi:createdBy"] = "SAM";
        WriteTags(body);
        if (_api.Properties["DisableExecuteApiEndpoint"] is { } disabled)
        {
            if (body["servers"] is not JsonArray { Count: > 0 } servers) body["servers"] = servers = new JsonArray(new JsonObject());
            foreach (var server in servers.OfType<JsonObject>())
            {
                if (server[EndpointKey] is not JsonObject endpoint) server[EndpointKey] = endpoint = [];
                endpoint["disableExecuteApiEndpoint"] = disabled.DeepClone();
            }
        }

        Describe(body);
        // Under its own name the default route would be a warning of the import.
        if (_api.IsTrue("FailOnWarnings") && paths.Remove(SamEvents.DefaultPath, out var route1)) paths["/" + SamEvents.DefaultPath] = route1;
        if (IsManaged) Condition(paths);
        return body;
    }

    private void AddTo(JsonObject paths, SamRoute route)
    {
        if (paths[route.Path] is not JsonObject methods) paths[route.Path] = methods = [];
        if (SamNodes.IsFunction(methods)) throw SamErrors.Event(route.Function.Name, route.Event, $"Galley does not support events on the conditional path {route.Path} of a DefinitionBody.");
        var known = methods[route.Method] as JsonObject;
        var had = known?[Integration] is not null || SamNodes.IfOf(known) is not null;
        if (had && IsManaged) throw SamErrors.Event(route.Function.Name, route.Event, $"API method '{route.Method}' defined multiple times for path '{route.Path}'.");
        var operation = known ?? [];
        if (!had)
        {
            JsonObject uri = new() { ["Fn::Sub"] = $"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{route.Alias ?? route.Function.Name + ".Arn"}}}/invocations" };
            operation[Integration] = new JsonObject
            {
                ["type"] = "aws_proxy",
                ["httpMethod"] = "POST",
                ["payloadFormatVersion"] = "2.0",
                ["uri"] = route.Function.Condition is { } condition ? SamNodes.If(condition, uri) : uri,
            };
            if (route.Path == SamEvents.DefaultPath && route.Method == SamEvents.AnyMethod) operation["isDefaultRoute"] = true;
            operation["responses"] ??= new JsonObject();
        }

        if (route.Properties["Auth"] is JsonObject auth) _authorizers.Guard(operation, route, auth);
        if (operation[Integration] is JsonObject integration)
        {
            if (route.Properties["TimeoutInMillis"] is { } timeout) integration["timeoutInMillis"] = timeout.DeepClone();
            if (route.Properties["PayloadFormatVersion"] is { } version) integration["payloadFormatVersion"] = version.DeepClone();
        }

        foreach (var name in Variable().Matches(route.Path).Select(match => match.Groups[1].Value))
        {
            if (operation["parameters"] is not JsonArray parameters) operation["parameters"] = parameters = [];
            if (parameters.FirstOrDefault(one => Scalars.Text(one?["name"]) == name) is not JsonObject parameter) parameters.Add((JsonNode)(parameter = new JsonObject { ["name"] = name }));
            (parameter["in"], parameter["required"]) = ("path", true);
        }

        if (!had) methods[route.Method] = route.Function.Condition is { } when ? SamNodes.If(when, operation.Parent is null ? operation : operation.DeepClone()) : operation.Parent is null ? operation : operation.DeepClone();
    }

    /// <summary>A path whose methods are all conditional is conditional itself.</summary>
    private void Condition(JsonObject paths)
    {
        foreach (var group in _routes.GroupBy(route => route.Path))
            if (group.All(route => route.Function.Condition is not null) && (paths[group.Key] ?? paths["/" + group.Key]) is { } item)
                paths[paths.ContainsKey(group.Key) ? group.Key : "/" + group.Key] = SamNodes.If(
                    _run.AnyOf($"{Name}{group.Key.Replace("/", "SLASH", StringComparison.Ordinal).Replace("{", "OB", StringComparison.Ordinal).Replace("}", "CB", StringComparison.Ordinal)}PathCondition", group.Select(route => route.Function.Condition!)),
                    item.DeepClone());
    }

    private void AddCors(JsonObject body)
    {
        var wanted = _run.Known(_api.Properties["CorsConfiguration"]);
        if (wanted is null || wanted is JsonValue off && bool.TryParse(Scalars.Text(off), out var on) && !on) return;
        if (wanted is JsonValue) wanted = new JsonObject { ["AllowOrigins"] = new JsonArray("*") };
        if (wanted is not JsonObject configuration || SamNodes.IsFunction(configuration)) throw SamErrors.Resource(Name, "Invalid value for 'Cors' property.");
        if (Scalars.Text(configuration["AllowCredentials"]) == "true" && configuration["AllowOrigins"] is JsonArray { Count: 1 } origins && Scalars.Text(origins[0]) == "*")
            throw SamErrors.Resource(Name, "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is \"'*'\" or not set.");
        if (body[CorsKey] is not JsonObject cors) body[CorsKey] = cors = [];
        foreach (var (member, value) in configuration)
        {
            if (member is not ("AllowOrigins" or "AllowHeaders" or "AllowMethods" or "ExposeHeaders" or "MaxAge" or "AllowCredentials")) throw SamErrors.Resource(Name, $"Invalid key '{member}' for 'Cors' property.");
            if (member != "AllowCredentials" || Scalars.Text(value) == "true") cors[char.ToLowerInvariant(member[0]) + member[1..]] = value?.DeepClone();
        }
    }

    private void WriteTags(JsonObject body)
    {
        if (body["tags"] is not JsonArray tags) body["tags"] = tags = [];
        foreach (var (key, value) in _tags)
            if (tags.FirstOrDefault(tag => Scalars.Text(tag?["name"]) == key) is JsonObject known) known["x-amazon-apigateway-tag-value"] = value?.DeepClone();
            else tags.Add((JsonNode)new JsonObject { ["name"] = key, ["x-amazon-apigateway-tag-value"] = value?.DeepClone() });
    }

    private void Describe(JsonObject body)
    {
        if (body["info"] is not JsonObject info) body["info"] = info = [];
        if (_api.Properties["Name"] is { } name)
        {
            if (!JsonNode.DeepEquals(info["title"], SamNodes.Ref("AWS::StackName"))) throw SamErrors.Resource(Name, "Unable to set Name because it is already defined within inline OpenAPI specified in the 'DefinitionBody' property.");
            info["title"] = name.DeepClone();
        }

        if (_api.Properties["Description"] is not { } description) return;
        if (info["description"] is not null) throw SamErrors.Resource(Name, "Unable to set Description because it is already defined within inline OpenAPI specified in the 'DefinitionBody' property.");
        info["description"] = description.DeepClone();
    }

    [GeneratedRegex(@"\{([^}/]+)\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\A[0-9a-zA-Z/_-]*\z")]
    private static partial Regex BasePath();
}
