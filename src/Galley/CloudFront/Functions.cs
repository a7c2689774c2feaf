using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Galley.CloudFront.Code;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>CloudFront Functions: code in the stage DEVELOPMENT, copied to LIVE by publishing.</summary>
internal sealed class Functions(Installation installation, EdgeCode code, Action changed)
{
    private const int MaxCode = 10 << 10;

    public async ValueTask<Reply> CreateFunction(XmlRequest request, Call call)
    {
        var body = request.Body("CreateFunctionRequest");
        var name = body.Element("Name")?.Value ?? throw Errors.Missing("CreateFunctionRequest.Name");
        var function = await Create(name, await Stage(body, call), Tags.Read(body.Element("Tags")), call);
        return Xml.Answer(201, Summary(function, function.Development, "DEVELOPMENT", call)).With("ETag", function.Development.ETag)
            .With("Location", $"https://cloudfront.amazonaws.com/2020-05-31/function/{function.Arn(call.Account)}");
    }

    public async ValueTask<Reply> UpdateFunction(XmlRequest request, Call call)
    {
        var function = await Update(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), await Stage(request.Body("UpdateFunctionRequest"), call), call);
        return Xml.Answer(200, Summary(function, function.Development, "DEVELOPMENT", call)).With("ETag", function.Development.ETag).With("ETtag", function.Development.ETag);
    }

    public async ValueTask<Reply> PublishFunction(XmlRequest request, Call call)
    {
        var function = await Publish(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), call);
        return Xml.Answer(200, Summary(function, function.Live!, "LIVE", call));
    }

    public async ValueTask<Reply> DescribeFunction(XmlRequest request, Call call)
    {
        var (function, stage, name) = await Asked(request, call);
        return Xml.Answer(200, Summary(function, stage, name, call)).With("ETag", stage.ETag);
    }

    public async ValueTask<Reply> GetFunction(XmlRequest request, Call call)
    {
        var (_, stage, _) = await Asked(request, call);
        return new Reply { Body = Convert.FromBase64String(stage.Code) }.With("ETag", stage.ETag).With("Content-Type", "application/octet-stream");
    }

    public async ValueTask<Reply> DeleteFunction(XmlRequest request, Call call)
    {
        await Delete(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), call);
        return new Reply(204);
    }

    public async ValueTask<Reply> ListFunctions(XmlRequest request, Call call)
    {
        var live = request.Api.QueryValue("Stage") == "LIVE";
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Functions(call.Account), CloudFrontJson.Default.EdgeFunction));
        var (page, _, most, truncated) = Paging.Of(request.Api, all.Where(function => !live || function.Live is not null), function => function.Name, 100);
        return Xml.Answer(200, new XElement("FunctionList", truncated ? new XElement("NextMarker", page[^1].Name) : null, new XElement("MaxItems", most),
            Xml.Items([.. page.Select(function => Summary(function, live ? function.Live! : function.Development, live ? "LIVE" : "DEVELOPMENT", call))])));
    }

    public async ValueTask<Reply> TestFunction(XmlRequest request, Call call)
    {
        var body = request.Body("TestFunctionRequest");
        var function = await Get(request.Id, call);
        var live = body.Element("Stage")?.Value == "LIVE";
        var stage = live ? function.Live ?? throw Errors.NoSuchFunction() : function.Development;
        if ((request.IfMatch ?? throw Errors.InvalidIfMatchVersion()) != stage.ETag) throw Errors.InvalidIfMatchVersion();
        string json;
        try
        {
            json = Encoding.UTF8.GetString(Convert.FromBase64String(body.Element("EventObject")?.Value ?? throw Errors.Missing("TestFunctionRequest.EventObject")));
            _ = JsonNode.Parse(json) as JsonObject ?? throw new FormatException();
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException)
        {
            throw new AwsError("TestFunctionFailed", "The event object is not a valid JSON object.", 500);
        }

        var (result, utilization) = await code.Test(stage, json);
        var output = result.Json is null ? null : JsonNode.Parse(result.Json) is JsonObject given
            ? new JsonObject { [given["statusCode"] is null ? "request" : "response"] = given.DeepClone() }.ToJsonString() : result.Json;
        return Xml.Answer(200, new XElement("TestResult",
            Summary(function, stage, live ? "LIVE" : "DEVELOPMENT", call),
            new XElement("ComputeUtilization", utilization),
            new XElement("FunctionExecutionLogs", result.Printed.Select(line => new XElement("member", line))),
            new XElement("FunctionErrorMessage", result.Error ?? ""),
            new XElement("FunctionOutput", output ?? "")));
    }

    public ValueTask<EdgeFunction> Create(string name, FunctionStage stage, Dictionary<string, string> tags, Call call) => installation.Store.Write(async transaction =>
    {
        if (name.Length is 0 or > 64 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')) throw Errors.InvalidArgument("The parameter FunctionName is invalid.");
        if (await transaction.Get(Keys.Function(call.Account, name)) is not null) throw new AwsError("FunctionAlreadyExists", "A function with the same name already exists in this AWS account.", 409);
        var function = new EdgeFunction { Name = name, Created = installation.Now, Development = stage, Tags = tags };
        transaction.Put(Keys.Function(call.Account, name), function, CloudFrontJson.Default.EdgeFunction);
        return function;
    });

    public ValueTask<EdgeFunction> Update(string name, string? ifMatch, FunctionStage stage, Call call) => Change(name, ifMatch, call, function => function with { Development = stage });

    public ValueTask<EdgeFunction> Publish(string name, string? ifMatch, Call call)
        => Change(name, ifMatch, call, function => function with { Live = function.Development with { Modified = installation.Now } });

    public async ValueTask Delete(string name, string? ifMatch, Call call)
    {
        await installation.Store.Write(async transaction =>
        {
            var function = await Get(transaction, name, call);
            if (ifMatch is not null && ifMatch != function.Development.ETag) throw Errors.PreconditionFailed();
            await foreach (var distribution in transaction.All(Keys.Distributions(call.Account), CloudFrontJson.Default.Distribution))
                if (distribution.Config.Contains($"<FunctionARN>{function.Arn(call.Account)}</FunctionARN>", StringComparison.Ordinal))
                    throw new AwsError("FunctionInUse", "Cannot delete the function because it's attached to one or more cache behaviors.", 409);
            transaction.Delete(Keys.Function(call.Account, name));
        });
    }

    public ValueTask<EdgeFunction> Get(string name, Call call) => installation.Store.Read(snapshot => Get(snapshot, name, call));

    /// <summary>Checked as AWS checks it: size, runtime, stores that exist.</summary>
    public async ValueTask<FunctionStage> Stage(string runtime, string comment, byte[] source, List<string> stores, Call call)
    {
        if (runtime is not ("cloudfront-js-1.0" or "cloudfront-js-2.0")) throw Errors.InvalidArgument("The parameter Runtime is invalid.");
        if (source.Length > MaxCode) throw new AwsError("FunctionSizeLimitExceeded", "The function is too large. For more information, see Quotas in the Amazon CloudFront Developer Guide.", 413);
        if (stores.Count > 1 || stores.Count > 0 && runtime == "cloudfront-js-1.0") throw Errors.InvalidArgument("A function can have one key value store, and needs the runtime cloudfront-js-2.0 for it.");
        foreach (var store in stores)
            if (!await installation.Store.Read(async snapshot => await KeyValueStores.ByArn(snapshot, store, call.Account) is not null))
                throw Errors.InvalidArgument("The key value store does not exist: " + store);
        return new FunctionStage { Code = Convert.ToBase64String(source), Runtime = runtime, Comment = comment, ETag = "E" + installation.Ids.Next(13, Ids.UpperAlphanumeric), Modified = installation.Now, Stores = stores };
    }

    private async ValueTask<FunctionStage> Stage(XElement body, Call call)
    {
        var config = body.Element("FunctionConfig") ?? throw Errors.Missing("FunctionConfig");
        byte[] source;
        try
        {
            source = Convert.FromBase64String(body.Element("FunctionCode")?.Value ?? throw Errors.Missing("FunctionCode"));
        }
        catch (FormatException)
        {
            throw Errors.InvalidArgument("The parameter FunctionCode is invalid.");
        }

        var stores = config.Element("KeyValueStoreAssociations")?.Element("Items")?.Elements().Select(item => item.Element("KeyValueStoreARN")!.Value).ToList() ?? [];
        return await Stage(config.Element("Runtime")?.Value ?? throw Errors.Missing("FunctionConfig.Runtime"), config.Element("Comment")?.Value ?? "", source, stores, call);
    }

    private async ValueTask<EdgeFunction> Change(string name, string? ifMatch, Call call, Func<EdgeFunction, EdgeFunction> change)
    {
        var changedTo = await installation.Store.Write(async transaction =>
        {
            var function = await Get(transaction, name, call);
            if (ifMatch is not null && ifMatch != function.Development.ETag) throw Errors.PreconditionFailed();
            var next = change(function);
            transaction.Put(Keys.Function(call.Account, name), next, CloudFrontJson.Default.EdgeFunction);
            return next;
        });
        changed();
        return changedTo;
    }

    private async ValueTask<(EdgeFunction, FunctionStage, string)> Asked(XmlRequest request, Call call)
    {
        var function = await Get(request.Id, call);
        return request.Api.QueryValue("Stage") == "LIVE" ? (function, function.Live ?? throw Errors.NoSuchFunction(), "LIVE") : (function, function.Development, "DEVELOPMENT");
    }

    private static async ValueTask<EdgeFunction> Get(ISnapshot snapshot, string name, Call call)
        => await snapshot.Get(Keys.Function(call.Account, name), CloudFrontJson.Default.EdgeFunction) ?? throw Errors.NoSuchFunction();

    private static XElement Summary(EdgeFunction function, FunctionStage stage, string name, Call call) => new("FunctionSummary",
        new XElement("Name", function.Name),
        new XElement("Status", name == "LIVE" ? "DEPLOYED" : function.Live?.ETag == stage.ETag ? "DEPLOYED" : "UNPUBLISHED"),
        new XElement("FunctionConfig",
            new XElement("Comment", stage.Comment), new XElement("Runtime", stage.Runtime),
            new XElement("KeyValueStoreAssociations", Xml.Items([.. stage.Stores.Select(store => new XElement("KeyValueStoreAssociation", new XElement("KeyValueStoreARN", store)))]))),
        new XElement("FunctionMetadata",
            new XElement("FunctionARN", function.Arn(call.Account)), new XElement("Stage", name),
            new XElement("CreatedTime", Xml.Time(function.Created)), new XElement("LastModifiedTime", Xml.Time(stage.Modified))));
}
