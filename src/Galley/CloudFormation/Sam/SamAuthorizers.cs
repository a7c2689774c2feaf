using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>The `Auth` of an HTTP API: JWT authorizers, functions as authorizers and IAM as security schemes, and which route asks for which.</summary>
internal sealed class SamAuthorizers
{
    private const string Iam = "AWS_IAM", None = "NONE";

    private readonly SamResource _api;
    private readonly JsonObject _authorizers;
    private readonly string? _default;
    private readonly bool _iam;

    public SamAuthorizers(SamResource api)
    {
        _api = api;
        var auth = api.Map("Auth");
        api.Allow(auth, " of Auth", "Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer");
        _authorizers = auth["Authorizers"] as JsonObject ?? [];
        _iam = Scalars.Text(auth["EnableIamAuthorizer"]) == "true";
        _default = auth["DefaultAuthorizer"] switch
        {
            null => null,
            var none when SamNodes.IsNoValue(none) => null,
            JsonValue name => Scalars.Text(name),
            _ => throw SamErrors.Resource(api.Name, "Property 'Auth.DefaultAuthorizer' should be a string."),
        };
        if (_default is not null && !_authorizers.ContainsKey(_default) && !(_iam && _default == Iam))
            throw SamErrors.Resource(api.Name, $"Unable to set DefaultAuthorizer because '{_default}' was not defined in 'Authorizers'.");
    }

    /// <summary>As the document's `securitySchemes`.</summary>
    public JsonObject Schemes()
    {
        var schemes = new JsonObject();
        if (_iam) schemes[Iam] = new JsonObject { ["type"] = "apiKey", ["name"] = "Authorization", ["in"] = "header", ["x-amazon-apigateway-authtype"] = "awsSigv4" };
        foreach (var (name, node) in _authorizers)
        {
            if (node is not JsonObject authorizer) throw SamErrors.Resource(_api.Name, $"Property 'Auth.Authorizers.{name}' should be a map.");
            schemes[name] = authorizer["JwtConfiguration"] is JsonObject { Count: > 0 } jwt ? Jwt(name, authorizer, jwt) : Function(name, authorizer);
        }

        return schemes;
    }

    /// <summary>Permissions for the functions that ask for SAM's default one.</summary>
    public IEnumerable<(string Name, JsonObject Permission)> Permissions()
    {
        foreach (var (name, authorizer) in _authorizers)
            if (authorizer?["FunctionArn"] is { } function && Scalars.Text(authorizer["EnableFunctionDefaultPermissions"]) == "true")
                yield return ($"{_api.Name}{name}AuthorizerPermission", new JsonObject
                {
                    ["Action"] = "lambda:InvokeFunction",
                    ["FunctionName"] = function.DeepClone(),
                    ["Principal"] = "apigateway.amazonaws.com",
                    ["SourceArn"] = new JsonObject { ["Fn::Sub"] = new JsonArray("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*", new JsonObject { ["__ApiId__"] = SamNodes.Ref(_api.Name) }) },
                });
    }

    /// <summary>What the event itself says about who may call.</summary>
    public void Guard(JsonObject operation, SamRoute route, JsonObject auth)
    {
        route.Function.Allow(auth, $" in the Auth of event {route.Event}", "Authorizer", "AuthorizationScopes");
        var aim = $"on API method [{route.Method}] for path [{route.Path}] because";
        if ((auth["Authorizer"] is null ? _default : Scalars.Text(auth["Authorizer"])) is not { } name)
            throw Invalid("'Auth' section requires either an explicit 'Authorizer' set or a 'DefaultAuthorizer' configured on the HttpApi.");
        if (name == None && _default is null) throw Invalid($"Unable to set Authorizer {aim} 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.");
        if (auth["AuthorizationScopes"] is not (null or JsonArray)) throw Invalid($"Unable to set Authorizer {aim} 'AuthorizationScopes' must be a list of strings.");
        JsonNode? scopes = null;
        if (name != None && !(name == Iam && _iam))
        {
            if (_authorizers.Count == 0) throw Invalid($"Unable to set Authorizer [{name}] {aim} the related API does not define any Authorizers.");
            if (_authorizers[name] is not JsonObject authorizer) throw Invalid($"Unable to set Authorizer [{name}] {aim} it wasn't defined in the API's Authorizers.");
            scopes = auth["AuthorizationScopes"] is JsonArray { Count: > 0 } own ? own : authorizer["AuthorizationScopes"];
        }

        if (operation["security"] is not JsonArray security) operation["security"] = security = [];
        security.Add((JsonNode)new JsonObject { [name] = scopes?.DeepClone() ?? new JsonArray() });

        Wire.AwsError Invalid(string why) => SamErrors.Event(route.Function.Name, route.Event, why);
    }

    /// <summary>The default authorizer for every operation that has an integration and says nothing itself, pre-flight requests left out.</summary>
    public void GuardByDefault(JsonObject paths, string integration)
    {
        if (_default is null) return;
        foreach (var item in paths.SelectMany(path => SamNodes.Branches(path.Value)).OfType<JsonObject>())
            foreach (var (method, node) in item)
            {
                if (method.ToLowerInvariant() is "options" or "parameters") continue;
                foreach (var operation in SamNodes.Branches(node).OfType<JsonObject>())
                    if (operation[integration] is not null && operation["security"] is not JsonArray { Count: > 0 })
                        operation["security"] = new JsonArray(new JsonObject { [_default] = _authorizers[_default]?["AuthorizationScopes"]?.DeepClone() ?? new JsonArray() });
            }
    }

    private JsonObject Jwt(string name, JsonObject authorizer, JsonObject configuration)
    {
        _api.Allow(authorizer, $" of authorizer {name}", "JwtConfiguration", "IdentitySource", "AuthorizationScopes");
        return new JsonObject
        {
            ["type"] = "oauth2",
            ["x-amazon-apigateway-authorizer"] = new JsonObject
            {
                ["type"] = "jwt",
                ["jwtConfiguration"] = new JsonObject(configuration.Select(member => KeyValuePair.Create(member.Key.ToLowerInvariant(), member.Value?.DeepClone()))),
                ["identitySource"] = authorizer["IdentitySource"]?.DeepClone() ?? throw SamErrors.Resource(_api.Name, $"{name} OAuth2 Authorizer must define 'IdentitySource'."),
            },
        };
    }

    private JsonObject Function(string name, JsonObject authorizer)
    {
        _api.Allow(authorizer, $" of authorizer {name}", "FunctionArn", "FunctionInvokeRole", "Identity", "AuthorizerPayloadFormatVersion", "EnableSimpleResponses", "EnableFunctionDefaultPermissions");
        foreach (var needed in (string[])["FunctionArn", "AuthorizerPayloadFormatVersion"])
            if (authorizer[needed] is null) throw SamErrors.Resource(_api.Name, $"{name} Lambda Authorizer must define '{needed}'.");
        var request = new JsonObject
        {
            ["type"] = "request",
            ["authorizerUri"] = new JsonObject
            {
                ["Fn::Sub"] = new JsonArray("arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations", new JsonObject { ["__FunctionArn__"] = authorizer["FunctionArn"]!.DeepClone() }),
            },
        };
        if (authorizer["FunctionInvokeRole"] is { } role && Scalars.Text(role) != None) request["authorizerCredentials"] = role.DeepClone();
        if (authorizer["Identity"] is JsonObject identity)
        {
            if (identity["ReauthorizeEvery"] is { } seconds) request["authorizerResultTtlInSeconds"] = seconds.DeepClone();
            request["identitySource"] = new JsonArray([.. Sources(identity, "$request.header.", "Headers"), .. Sources(identity, "$request.querystring.", "QueryStrings"),
                .. Sources(identity, "$stageVariables.", "StageVariables"), .. Sources(identity, "$context.", "Context")]);
        }

        request["authorizerPayloadFormatVersion"] = authorizer["AuthorizerPayloadFormatVersion"]!.DeepClone();
        if (Scalars.Text(authorizer["EnableSimpleResponses"]) == "true") request["enableSimpleResponses"] = true;
        return new JsonObject { ["type"] = "apiKey", ["name"] = "Unused", ["in"] = "header", ["x-amazon-apigateway-authorizer"] = request };
    }

    private static IEnumerable<JsonNode> Sources(JsonObject identity, string prefix, string property)
        => (identity[property] as JsonArray ?? []).Select(value => (JsonNode)(prefix + Scalars.Text(value)));
}
