using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>
/// `AWS::CloudFormation::CustomResource` and `Custom::…`: a function makes, changes and deletes the thing, and says so by a PUT to the
/// signed response URL. AWS: "Custom resources", "Custom resource request objects" and "… response objects".
/// </summary>
internal sealed class CustomResource(Installation installation, IInvokeCustomResources functions, CustomResourceResponses responses, Workers workers) : IResourceHandler
{
    public const string Prefix = "Custom::", Long = "AWS::CloudFormation::CustomResource";

    private const int DefaultTimeout = 3600;

    public string Type => Long;

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ServiceToken" };

    public static bool Is(string type) => type == Long || type.StartsWith(Prefix, StringComparison.Ordinal);

    public ValueTask<Resource> Create(ResourceRequest request, Call call) => Ask("Create", request, call);

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Ask("Update", request, call);

    public async ValueTask Delete(ResourceRequest request, Call call) => await Ask("Delete", request, call);

    private async ValueTask<Resource> Ask(string verb, ResourceRequest request, Call call)
    {
        var token = Scalars.Text(request.Properties["ServiceToken"]) ?? throw new CustomResourceFailure("ServiceToken is required for custom resources.", "");
        if (!Arn.TryParse(token, out var arn) || arn.Service != "lambda") throw new CustomResourceFailure($"Galley does not support the ServiceToken {token}: it must be the ARN of a function.", "");
        var id = installation.Ids.Uuid();
        var timeout = Timeout(request.Properties);
        using var asked = responses.Expect(request, id, call, timeout);
        await functions.Invoke(token, JsonSerializer.SerializeToUtf8Bytes(Event(verb, request, id, token, asked.Url), CloudFormationJson.Default.JsonObject), asked.GiveUp, call);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(workers.Stopping, call.Cancellation);
        try
        {
            return await asked.Answer(timeout, until.Token);
        }
        catch (OperationCanceledException) when (!workers.Stopping.IsCancellationRequested)
        {
            throw asked.Fails(verb == "Create" ? "Resource creation cancelled" : "Resource update cancelled");
        }
        catch (TimeoutException)
        {
            throw asked.NoAnswer("If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.");
        }
    }

    private static JsonObject Event(string verb, ResourceRequest request, string id, string token, string url)
    {
        var sent = new JsonObject
        {
            ["RequestType"] = verb,
            ["ServiceToken"] = token,
            ["ResponseURL"] = url,
            ["StackId"] = request.StackId,
            ["RequestId"] = id,
            ["LogicalResourceId"] = request.LogicalId,
            ["ResourceType"] = request.Type,
            ["ResourceProperties"] = AsText(request.Properties),
        };
        if (verb != "Create") sent["PhysicalResourceId"] = request.PhysicalId;
        if (verb == "Update") sent["OldResourceProperties"] = AsText(request.OldProperties);
        return sent;
    }

    /// <summary>A function sees every scalar as text, whatever the template had.</summary>
    private static JsonNode? AsText(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, AsText(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(AsText)]),
        JsonValue value => JsonValue.Create(Scalars.Text(value)),
        _ => null,
    };

    private static TimeSpan Timeout(JsonObject properties)
    {
        if (Scalars.Text(properties["ServiceTimeout"]) is not { } text) return TimeSpan.FromSeconds(DefaultTimeout);
        return int.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= DefaultTimeout
            ? TimeSpan.FromSeconds(seconds)
            : throw new CustomResourceFailure("ServiceTimeout must be between 1 and 3600.", "");
    }
}

/// <summary>What a custom resource or a nested stack says of its failure, told word for word.</summary>
/// <param name="reason">For the stack's events.</param>
/// <param name="physicalId">What the failed attempt left behind, or empty.</param>
internal sealed class CustomResourceFailure(string reason, string physicalId) : Exception(reason)
{
    public string PhysicalId => physicalId;
}
