using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.Tests.CloudFormation;

/// <summary>A server with what the corpus finds in its account: a bucket with a layer, two parameters.</summary>
public sealed class CorpusServer : IAsyncLifetime
{
    internal GalleyServer Server { get; private set; } = null!;

    internal AwsJs Js { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        Js = new AwsJs(Server);
        await Js.Call("s3", "CreateBucket", new { Bucket = "corpus", CreateBucketConfiguration = new { LocationConstraint = Server.Region } });
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        using (var file = new StreamWriter(archive.CreateEntry("index.js").Open()))
            await file.WriteAsync("exports.handler = async () => 1");
        await Put("layer.zip", zip.ToArray());
        await Js.Call("ssm", "PutParameter", new { Name = "/corpus/stored", Type = "String", Value = "stored value" });
        await Js.Call("ssm", "PutParameter", new { Name = "/corpus/word", Type = "String", Value = "word" });
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    internal Task Put(string key, byte[] content, string bucket = "corpus")
        => Js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = bucket, ["Key"] = key, ["Body"] = AwsJs.Bytes(content) });
}

public sealed class CorpusFunctionsTests(CorpusServer server) : CorpusTests(server), IClassFixture<CorpusServer>
{
    public static TheoryData<string> Files => CorpusCase.In("functions");

    [Theory]
    [MemberData(nameof(Files))]
    public Task Every_function_of_a_template_gives_what_it_gives_on_AWS(string file) => Run(file);
}

public sealed class CorpusTypesTests(CorpusServer server) : CorpusTests(server), IClassFixture<CorpusServer>
{
    public static TheoryData<string> Files => CorpusCase.In("types");

    [Theory]
    [MemberData(nameof(Files))]
    public Task Every_resource_type_is_made_with_its_Ref_and_attributes(string file) => Run(file);
}

public sealed class CorpusUpdatesTests(CorpusServer server) : CorpusTests(server), IClassFixture<CorpusServer>
{
    public static TheoryData<string> Files => CorpusCase.In("updates");

    [Theory]
    [MemberData(nameof(Files))]
    public Task An_update_changes_replaces_removes_and_rolls_back_as_it_should(string file) => Run(file);
}

public sealed class CorpusRefusedTests(CorpusServer server) : CorpusTests(server), IClassFixture<CorpusServer>
{
    public static TheoryData<string> Files => CorpusCase.In("refused");

    [Theory]
    [MemberData(nameof(Files))]
    public Task What_cannot_be_is_refused_in_words(string file) => Run(file);
}

/// <summary>Deploys one file of the corpus, step by step, and takes it away again.</summary>
public abstract partial class CorpusTests(CorpusServer server)
{
    private readonly Dictionary<string, string> _outputs = [];
    private string _stack = "";

    protected async Task Run(string file)
    {
        var test = CorpusCase.Read(file);
        _stack = "c" + test.Name.Replace("_", "-", StringComparison.Ordinal);
        foreach (var step in test.Steps.Where(step => step.Kind.StartsWith("object ", StringComparison.Ordinal)))
            await server.Put(step.Kind[7..], Encoding.UTF8.GetBytes(step.Template));
        foreach (var step in test.Steps.Where(step => step.Kind == "before"))
        {
            // What it says of its stack's name means that of the stack that needs it.
            await server.Js.Call("cloudformation", "CreateStack", Request(step, _stack + "-before"));
            Assert.Equal("CREATE_COMPLETE", (string)(await StacksTests.Settled(server.Js, _stack + "-before"))["StackStatus"]!);
        }

        var stackId = "";
        foreach (var step in test.Steps.Where(step => step.Kind is "create" or "update"))
        {
            var command = step.Kind == "create" ? "CreateStack" : "UpdateStack";
            if (step.Kind == "update" && step.Lines["change"].Any()) await CheckChanges(step);
            if (step.One("refused") is { } refused)
            {
                var error = await server.Js.Fails("cloudformation", command, Request(step, _stack));
                Match(refused, $"{error.Code} {error.Text}");
                continue;
            }

            stackId = (string)(await server.Js.Call("cloudformation", command, Request(step, _stack)))["StackId"]!;
            await Check(step);
        }

        if (stackId.Length > 0) await Delete(test, stackId);
        if (test.Steps.Any(step => step.Kind == "before")) await server.Js.Call("cloudformation", "DeleteStack", new { StackName = _stack + "-before" });
    }

    private JsonObject Request(CorpusStep step, string name) => new()
    {
        ["StackName"] = name,
        ["TemplateBody"] = step.Template,
        ["Capabilities"] = new JsonArray([.. (step.One("capabilities") ?? "CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(capability => JsonValue.Create(capability))]),
        ["Parameters"] = new JsonArray([.. step.Lines["parameter"].Select(line => line.Split('=', 2)).Select(pair => (JsonNode)new JsonObject { ["ParameterKey"] = pair[0], ["ParameterValue"] = Filled(pair[1]) })]),
    };

    private async Task CheckChanges(CorpusStep step)
    {
        var request = Request(step, _stack);
        request["ChangeSetName"] = "look";
        await server.Js.Call("cloudformation", "CreateChangeSet", request);
        var set = await server.Js.Call("cloudformation", "DescribeChangeSet", new { StackName = _stack, ChangeSetName = "look" });
        var changes = (set["Changes"] as JsonArray ?? []).Select(change => change!["ResourceChange"]!)
            .Select(change => $"{change["LogicalResourceId"]} {change["Action"]} {change["Replacement"]}".Trim()).ToList();
        foreach (var expected in step.Lines["change"]) Assert.Contains(expected, changes);
        await server.Js.Call("cloudformation", "DeleteChangeSet", new { StackName = _stack, ChangeSetName = "look" });
    }

    private async Task Check(CorpusStep step)
    {
        var stack = await StacksTests.Settled(server.Js, _stack);
        var events = await Events(_stack);
        var wanted = step.One("status") ?? (step.Kind == "create" ? "CREATE_COMPLETE" : "UPDATE_COMPLETE");
        Assert.True(wanted == (string)stack["StackStatus"]!, $"{stack["StackStatus"]}\n{string.Join('\n', events)}");
        var outputs = (stack["Outputs"] as JsonArray ?? []).ToDictionary(output => (string)output!["OutputKey"]!, output => (string?)output!["OutputValue"] ?? "");
        foreach (var name in step.Lines["same"]) Assert.Equal(_outputs[name], outputs[name]);
        foreach (var name in step.Lines["new"]) Assert.NotEqual(_outputs[name], outputs[name]);
        foreach (var name in step.Lines["no-output"]) Assert.DoesNotContain(name, outputs.Keys);
        foreach (var (name, value) in outputs) _outputs[name] = value;
        foreach (var (name, value) in step.Pairs("output")) Match(value, outputs.GetValueOrDefault(name) ?? throw new KeyNotFoundException(name));
        foreach (var (name, value) in step.Pairs("shown"))
            Match(value, (string)stack["Parameters"]!.AsArray().Single(parameter => (string)parameter!["ParameterKey"]! == name)!["ParameterValue"]!);
        var resources = (await server.Js.Call("cloudformation", "DescribeStackResources", new { StackName = _stack }))["StackResources"]!.AsArray();
        foreach (var name in step.Lines["absent"]) Assert.DoesNotContain(resources, resource => (string)resource!["LogicalResourceId"]! == name && (string)resource["ResourceStatus"]! != "DELETE_COMPLETE");
        foreach (var expected in step.Lines["event"]) Has(expected, events);
        if (step.One("order") is { } order)
            Assert.Equal(order.Split(' '), events.Reverse<string>().Where(line => line.Split(' ') is [var name, "CREATE_COMPLETE", ..] && name != _stack).Select(line => line.Split(' ')[0]));
        foreach (var check in step.Lines["check"]) await Ask(check);
        foreach (var check in step.Lines["http"]) await Visit(check);
    }

    /// <summary>`service Operation {input} Path.To.Member = value`.</summary>
    private async Task Ask(string check)
    {
        var (asked, value) = check.Split(" = ", 2) is [var left, var right] ? (left, right) : throw new FormatException(check);
        var words = asked.Split(' ', 3);
        var end = words[2].LastIndexOf('}') + 1;
        JsonNode? node = await server.Js.Call(words[0], words[1], JsonNode.Parse(Filled(words[2][..end]))!);
        // A member's name may hold spaces and dots (`GET /a`): the rest is tried whole before it is cut.
        foreach (var member in words[2][end..].Trim().Split('.'))
            node = node switch
            {
                JsonArray list when member == "length" => JsonValue.Create(list.Count),
                JsonArray list => list[int.Parse(member, System.Globalization.CultureInfo.InvariantCulture)],
                null when member == "length" => JsonValue.Create(0),
                _ => node?[member],
            };
        Match(value, node is JsonValue scalar && scalar.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)scalar! : node?.ToJsonString() ?? "null");
    }

    /// <summary>`METHOD url = body`, or with the status before the body.</summary>
    private async Task Visit(string check)
    {
        var (asked, wanted) = check.Split(" = ", 2) is [var left, var right] ? (left, right) : throw new FormatException(check);
        var url = new Uri(Filled(asked).Split(' ')[1]);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(asked.Split(' ')[0]), new Uri(server.Server.Endpoint, url.AbsolutePath)) { Headers = { Host = url.Host } };
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Match(wanted, char.IsAsciiDigit(wanted[0]) ? $"{(int)answer.StatusCode} {body}" : body);
    }

    private async Task Delete(CorpusCase test, string stackId)
    {
        var last = test.Steps[^1];
        foreach (var step in test.Steps)
            if (step.One("put") is { } put) await server.Put(put.Split("} ")[^1], [1], Filled(put[..(put.LastIndexOf('}') + 1)]));
        await server.Js.Call("cloudformation", "DeleteStack", new { StackName = _stack });
        var deleted = await StacksTests.Settled(server.Js, stackId);
        var events = await Events(stackId);
        Match(test.Steps.Select(step => step.One("delete")).FirstOrDefault(line => line is not null) ?? "DELETE_COMPLETE", $"{deleted["StackStatus"]} {deleted["StackStatusReason"]}".Trim(), string.Join('\n', events));
        foreach (var expected in test.Steps.SelectMany(step => step.Lines["delete-event"])) Has(expected, events);
        foreach (var kept in test.Steps.SelectMany(step => step.Lines["after-delete"]).Select(Filled))
            Assert.Contains((await server.Js.Call("cloudwatch-logs", "DescribeLogGroups", new { logGroupNamePrefix = kept.Split(' ')[1] }))["logGroups"]!.AsArray(), group => (string)group!["logGroupName"]! == kept.Split(' ')[1]);
    }

    private async Task<List<string>> Events(string stack)
        => [.. (await server.Js.Call("cloudformation", "DescribeStackEvents", new { StackName = stack }))["StackEvents"]!.AsArray()
            .Select(one => $"{(string)one!["LogicalResourceId"]!} {(string)one["ResourceStatus"]!} {(string?)one["ResourceStatusReason"]}".Trim())];

    private void Has(string expected, List<string> events)
        => Assert.True(events.Any(line => Pattern(expected.Trim()).IsMatch(line)), $"no event {Filled(expected)} in\n{string.Join('\n', events)}");

    private void Match(string expected, string actual, string? more = null)
        => Assert.True(expected.Trim().Split(" | ").Any(one => Pattern(one).IsMatch(actual.Trim())), $"expected {Filled(expected)}\nactual   {actual}\n{more}");

    /// <summary>`*` is anything, `?` any one character.</summary>
    private Regex Pattern(string text) => new($@"\A{Regex.Escape(Filled(text)).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}\z", RegexOptions.Singleline);

    private string Filled(string text) => Hole().Replace(text, match => match.Groups[1].Value switch
    {
        "stack" => _stack,
        "account" => server.Server.Account,
        "region" => server.Server.Region,
        var output when output.StartsWith("output ", StringComparison.Ordinal) => _outputs[output[7..]],
        _ => match.Value,
    });

    [GeneratedRegex(@"\{(stack|account|region|output \w+)\}")]
    private static partial Regex Hole();
}
