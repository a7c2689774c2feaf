using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.CloudFormation;

/// <summary>Failures that are kept, taken back, called off and continued, as their users meet them. The things are custom resources, made by this test.</summary>
public class StackRollbacksTests
{
    [Fact]
    public async Task What_failed_without_a_rollback_is_tried_again_or_rolled_back_to_the_last_whole_state()
    {
        await using var place = await Place.Start();
        await place.Create(Things(("A", "V: 1")));
        await place.Update(Things(("A", "V: 2"), ("B", "V: bad")), ("DisableRollback", true));
        Assert.Equal("UPDATE_FAILED", await place.Status());
        Assert.Equal("The following resource(s) failed to create: [B].", place.Reason);
        Assert.Equal("2", place.Values["A"]);

        // Another update goes on from there; it fails too, and RollbackStack finds the state before both.
        await place.Update(Things(("A", "V: 3"), ("B", "V: bad")), ("DisableRollback", true));
        Assert.Equal(("UPDATE_FAILED", "3"), (await place.Status(), place.Values["A"]));
        var rolled = await place.Js.Call("cloudformation", "RollbackStack", new { StackName = "s" });
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await place.Status());
        Assert.Equal(["A=1"], place.State());
        Assert.Equal("ROLLBACK", (string)(await place.Js.Call("cloudformation", "DescribeStacks", new { StackName = "s" }))["Stacks"]![0]!["LastOperations"]![0]!["OperationType"]!);
        var events = (await place.Js.Call("cloudformation", "DescribeEvents", new { OperationId = (string)rolled["OperationId"]! }))["OperationEvents"]!.AsArray();
        Assert.Equal(("STACK_EVENT", "SUCCEEDED", "UPDATE_ROLLBACK_COMPLETE"), ((string)events[0]!["EventType"]!, (string)events[0]!["OperationStatus"]!, (string)events[0]!["ResourceStatus"]!));
        Assert.All(events, one => Assert.Equal("ROLLBACK", (string)one!["OperationType"]!));
        var failed = (await place.Js.Call("cloudformation", "DescribeEvents", new { StackName = "s", Filters = new { FailedEvents = true } }))["OperationEvents"]!.AsArray();
        Assert.Equal(["PROVISIONING_ERROR B", "STACK_EVENT s"], failed.Select(one => $"{one!["EventType"]} {one["LogicalResourceId"]}").Distinct().Order());
        Assert.EndsWith("is in UPDATE_ROLLBACK_COMPLETE state and can not be rolled back.", (await place.Js.Fails("cloudformation", "RollbackStack", new { StackName = "s" })).Text, StringComparison.Ordinal);

        // And one that succeeds makes the stack whole again.
        await place.Update(Things(("A", "V: 4"), ("B", "V: bad")), ("DisableRollback", true));
        await place.Update(Things(("A", "V: 4"), ("B", "V: 1")));
        Assert.Equal("UPDATE_COMPLETE", await place.Status());
        Assert.Equal(["A=4", "B=1"], place.State());
    }

    [Fact]
    public async Task A_creation_that_failed_and_was_kept_is_mended_by_an_update_or_taken_away()
    {
        await using var place = await Place.Start();
        await place.Create(Things(("A", "V: 1"), ("B", "V: bad")), ("DisableRollback", true));
        Assert.Equal("CREATE_FAILED", await place.Status());
        Assert.Equal(["A=1"], place.State());
        await place.Update(Things(("A", "V: 1"), ("B", "V: bad")));
        Assert.Equal("ROLLBACK_COMPLETE", await place.Status()); // it never was whole: there is nothing else to go back to
        Assert.Empty(place.State());
        await place.Delete();

        await place.Create(Things(("A", "V: 1"), ("B", "V: bad")), ("DisableRollback", true));
        Assert.Equal("CREATE_FAILED", await place.Status());
        await place.Update(Things(("A", "V: 1"), ("B", "V: 2")));
        Assert.Equal("UPDATE_COMPLETE", await place.Status());
        Assert.Equal(["A=1", "B=2"], place.State());
        await place.Delete();

        await place.Create(Things(("A", "V: 1"), ("B", "V: bad")), ("DisableRollback", true));
        await place.Status();
        await place.Js.Call("cloudformation", "RollbackStack", new { StackName = "s" });
        Assert.Equal("ROLLBACK_COMPLETE", await place.Status());
        Assert.Empty(place.State());
        await place.Delete();

        await place.Create(Things(("A", "V: 1"), ("B", "V: bad")), ("OnFailure", "DO_NOTHING"));
        Assert.Equal("CREATE_FAILED", await place.Status());
        var refused = await place.Js.Fails("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = Things(("A", "V: 1")), Capabilities = new[] { "CAPABILITY_IAM" } });
        Assert.Equal("This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.", refused.Text);
        await place.Delete();

        var id = await place.Create(Things(("A", "V: 1"), ("B", "V: bad")), ("OnFailure", "DELETE"));
        Assert.Equal("DELETE_COMPLETE", await place.Status(id));
        Assert.Empty(place.State());
        Assert.Contains("The following resource(s) failed to create: [B]. Delete requested by user.", await place.Reasons(id));
    }

    [Fact]
    public async Task Retain_keeps_what_a_failed_creation_made_unless_that_is_excepted()
    {
        await using var place = await Place.Start();
        string template = Things(("A", "V: 1"), ("B", "V: bad")).Replace("A: {Type: 'Custom::Thing',", "A: {Type: 'Custom::Thing', DeletionPolicy: Retain,", StringComparison.Ordinal);
        await place.Create(template);
        Assert.Equal("ROLLBACK_COMPLETE", await place.Status());
        Assert.Equal(["A=1"], place.State());
        await place.Delete();
        place.Values.Clear();
        await place.Create(template, ("RetainExceptOnCreate", true));
        Assert.Equal("ROLLBACK_COMPLETE", await place.Status());
        Assert.Empty(place.State());
        await place.Delete();

        await place.Create(Things(("C", "V: 1")));
        await place.Update(template, ("RetainExceptOnCreate", true));
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await place.Status());
        Assert.Equal(["C=1"], place.State());
    }

    [Fact]
    public async Task A_rollback_that_failed_is_continued_and_may_skip_what_will_not_go_back()
    {
        await using var place = await Place.Start();
        await place.Create(Things(("A", "V: 1"), ("B", "V: 1")));
        place.Refuses = asked => (string)asked["RequestType"]! == "Update" && (string)asked["LogicalResourceId"]! == "A" && (string)asked["ResourceProperties"]!["V"]! == "1";
        await place.Update(Things(("A", "V: 2"), ("B", "V: 2"), ("C", "V: bad")));
        Assert.Equal(("UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [A]. "), (await place.Status(), place.Reason));
        Assert.Equal(["A=2", "B=1"], place.State().Where(one => one[0] != 'C'));
        Assert.EndsWith("is in UPDATE_ROLLBACK_FAILED state and can not be updated.", (await place.Js.Fails("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = Things(("A", "V: 3")), Capabilities = new[] { "CAPABILITY_IAM" } })).Text, StringComparison.Ordinal);

        await place.Js.Call("cloudformation", "ContinueUpdateRollback", new { StackName = "s" });
        Assert.Equal("UPDATE_ROLLBACK_FAILED", await place.Status());
        Assert.Equal("Resource [B] is not in a failed state and cannot be skipped", (await place.Js.Fails("cloudformation", "ContinueUpdateRollback", new { StackName = "s", ResourcesToSkip = new[] { "B" } })).Text);
        await place.Js.Call("cloudformation", "ContinueUpdateRollback", new { StackName = "s", ResourcesToSkip = new[] { "A" } });
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await place.Status());
        Assert.Equal(["A=2", "B=1"], place.State());
        Assert.Equal("ContinueUpdateRollback cannot be called from current stack status", (await place.Js.Fails("cloudformation", "ContinueUpdateRollback", new { StackName = "s" })).Text);

        // With the hindrance gone it can be updated from the definition in force, where A is 1.
        place.Refuses = _ => false;
        await place.Update(Things(("A", "V: 5"), ("B", "V: 1")));
        Assert.Equal("UPDATE_COMPLETE", await place.Status());
        Assert.Equal(["A=5", "B=1"], place.State());
    }

    [Fact]
    public async Task An_update_is_called_off_and_goes_back()
    {
        await using var place = await Place.Start();
        await place.Create(Things(("A", "V: 1"), ("B", "V: 1")));
        Assert.Equal("CancelUpdateStack cannot be called from current stack status", (await place.Js.Fails("cloudformation", "CancelUpdateStack", new { StackName = "s" })).Text);
        var asked = place.Holds(one => (string)one["LogicalResourceId"]! == "B" && (string)one["ResourceProperties"]!["V"]! == "2");
        await place.Update(Things(("A", "V: 2"), ("B", "V: 2")));
        await asked;
        await place.Js.Call("cloudformation", "CancelUpdateStack", new { StackName = "s" });
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await place.Status());
        Assert.Equal(["A=1", "B=1"], place.State());
        Assert.Superset(new HashSet<string> { "Stack update cancelled", "Resource update cancelled" }, (await place.Reasons("s")).ToHashSet());
    }

    [Fact]
    public async Task A_stack_is_deleted_while_it_is_made_but_not_while_it_changes()
    {
        await using var place = await Place.Start();
        var asked = place.Holds(one => (string)one["LogicalResourceId"]! == "B");
        var id = await place.Create(Things(("A", "V: 1"), ("B", "V: 1"), ("C", "V: 1")));
        await asked;
        await place.Js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", await place.Status(id));
        Assert.Empty(place.State());

        await place.Create(Things(("A", "V: 1")));
        asked = place.Holds(one => (string)one["RequestType"]! == "Update");
        await place.Update(Things(("A", "V: 2")));
        await asked;
        Assert.EndsWith("cannot be deleted while in status UPDATE_IN_PROGRESS", (await place.Js.Fails("cloudformation", "DeleteStack", new { StackName = "s" })).Text, StringComparison.Ordinal);
        await place.Js.Call("cloudformation", "CancelUpdateStack", new { StackName = "s" });
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await place.Status());
    }

    [Fact]
    public async Task A_stack_policy_says_what_an_update_may_touch()
    {
        const string policy = """{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"},{"Effect":"Deny","Action":["Update:Modify","Update:Delete"],"Principal":"*","Resource":"LogicalResourceId/A","Condition":{"StringLike":{"ResourceType":["Custom::*"]}}}]}""";
        await using var place = await Place.Start();
        await place.Create(Things(("A", "V: 1"), ("B", "V: 1")));
        Assert.Null((await place.Js.Call("cloudformation", "GetStackPolicy", new { StackName = "s" }))["StackPolicyBody"]);
        foreach (var wrong in (string[])["nonsense", "[]", """{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Principal":"*","Resource":"*"}]}""", """{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"root","Resource":"*"}]}"""])
            Assert.Equal("Error validating stack policy: Invalid stack policy", (await place.Js.Fails("cloudformation", "SetStackPolicy", new { StackName = "s", StackPolicyBody = wrong })).Text);
        await place.Js.Call("cloudformation", "SetStackPolicy", new { StackName = "s", StackPolicyBody = policy });
        Assert.Equal(policy, (string)(await place.Js.Call("cloudformation", "GetStackPolicy", new { StackName = "s" }))["StackPolicyBody"]!);

        await place.Update(Things(("A", "V: 2"), ("B", "V: 1")));
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await place.Status());
        Assert.Contains("Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource [LogicalResourceId/A];", await place.Reasons("s"));
        await place.Update(Things(("B", "V: 2")));
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await place.Status());
        Assert.Contains("Action denied by stack policy: Statement [#2] does not allow [Update:Delete] for resource [LogicalResourceId/A];", await place.Reasons("s"));
        Assert.Equal(["A=1", "B=1"], place.State());

        await place.Update(Things(("A", "V: 1"), ("B", "V: 2")));
        Assert.Equal("UPDATE_COMPLETE", await place.Status());
        await place.Update(Things(("A", "V: 3"), ("B", "V: 2")), ("StackPolicyDuringUpdateBody", """{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}"""));
        Assert.Equal("UPDATE_COMPLETE", await place.Status());
        Assert.Equal(["A=3", "B=2"], place.State());
        Assert.Equal(policy, (string)(await place.Js.Call("cloudformation", "GetStackPolicy", new { StackName = "s" }))["StackPolicyBody"]!);

        // What no statement allows is protected.
        await place.Update(Things(("A", "V: 4"), ("B", "V: 2")), ("StackPolicyDuringUpdateBody", """{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","NotResource":"LogicalResourceId/A"}]}"""));
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await place.Status());
        Assert.Contains("Action not allowed by stack policy", await place.Reasons("s"));
    }

    [Fact]
    public async Task A_function_that_fails_for_good_fails_its_resource_and_says_why()
    {
        await using var place = await Place.Start();
        place.Throws = true;
        await place.Create(Things(("A", "V: 1")).Replace("DependsOn: Maker", "DependsOn: Once", StringComparison.Ordinal) + "  Once: {Type: 'AWS::Lambda::EventInvokeConfig', Properties: {FunctionName: !Ref Maker, Qualifier: $LATEST, MaximumRetryAttempts: 0}}");
        Assert.Equal("ROLLBACK_FAILED", await place.Status()); // the deletion of what may be there failed in the same way
        Assert.Contains(await place.Reasons("s"), reason => reason.StartsWith("CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [", StringComparison.Ordinal) && reason.Contains("The function failed at every attempt: ", StringComparison.Ordinal) && reason.Contains("on purpose", StringComparison.Ordinal));
    }

    /// <summary>A template of custom resources in this order, each with its properties.</summary>
    private static string Things(params (string Name, string Properties)[] things)
    {
        var text = new StringBuilder("""
            Resources:
              Role:
                Type: AWS::IAM::Role
                Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}}
              Maker:
                Type: AWS::Lambda::Function
                Properties: {FunctionName: maker, Runtime: python3.12, Handler: index.handler, Role: !GetAtt Role.Arn, Code: {ZipFile: "the test stands in for it"}}

            """);
        var before = "Maker";
        foreach (var (name, properties) in things)
        {
            text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"  {name}: {{Type: 'Custom::Thing', DependsOn: {before}, Properties: {{ServiceToken: !GetAtt Maker.Arn, {properties}}}}}");
            before = name;
        }

        return text.ToString();
    }

    /// <summary>A server whose function `maker` is this test: it remembers the value of each thing, and refuses `bad`.</summary>
    private sealed class Place : IAsyncDisposable
    {
        private readonly HttpClient _http = new();
        private readonly GalleyServer _server;
        private IDisposable? _maker;
        private (Func<JsonObject, bool> Which, TaskCompletionSource Asked)? _held;

        private Place(GalleyServer server) => (_server, Js) = (server, new AwsJs(server));

        public AwsJs Js { get; }

        public System.Collections.Concurrent.ConcurrentDictionary<string, string> Values { get; } = new();

        public Func<JsonObject, bool> Refuses { get; set; } = _ => false;

        public bool Throws { get; set; }

        public string? Reason { get; private set; }

        public static async Task<Place> Start()
        {
            var place = new Place(await StacksTests.Start());
            place._maker = place._server.UseFunction("maker", async (@event, _) =>
            {
                await place.Answer(JsonNode.Parse(@event.Span)!.AsObject());
                return "null"u8.ToArray();
            });
            return place;
        }

        public IEnumerable<string> State() => Values.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal);

        /// <summary>Requests like this are never answered; completes when one came.</summary>
        public Task Holds(Func<JsonObject, bool> which)
        {
            var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held = (which, asked);
            return asked.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }

        public async Task<string> Create(string template, params (string Name, object Value)[] more) => (string)(await Js.Call("cloudformation", "CreateStack", Input(template, more)))["StackId"]!;

        public async Task Update(string template, params (string Name, object Value)[] more)
        {
            await Status();
            await Js.Call("cloudformation", "UpdateStack", Input(template, more));
        }

        public async Task Delete()
        {
            var id = (string)(await Js.Call("cloudformation", "DescribeStacks", new { StackName = "s" }))["Stacks"]![0]!["StackId"]!;
            await Js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
            Assert.Equal("DELETE_COMPLETE", await Status(id));
        }

        public async Task<string> Status(string name = "s")
        {
            var stack = await StacksTests.Settled(Js, name);
            Reason = (string?)stack["StackStatusReason"];
            return (string)stack["StackStatus"]!;
        }

        public async Task<List<string>> Reasons(string stack)
            => [.. (await Js.Call("cloudformation", "DescribeStackEvents", new { StackName = stack }))["StackEvents"]!.AsArray().Select(one => (string?)one!["ResourceStatusReason"]).OfType<string>()];

        public async ValueTask DisposeAsync()
        {
            _maker?.Dispose();
            await _server.DisposeAsync();
            _http.Dispose();
        }

        private static JsonObject Input(string template, (string Name, object Value)[] more)
        {
            var input = new JsonObject { ["StackName"] = "s", ["TemplateBody"] = template, ["Capabilities"] = new JsonArray("CAPABILITY_IAM") };
            foreach (var (name, value) in more) input[name] = value is bool yes ? yes : (string)value;
            return input;
        }

        private async Task Answer(JsonObject asked)
        {
            if (Throws) throw new InvalidOperationException("on purpose");
            if (_held is { } held && held.Which(asked))
            {
                _held = null;
                held.Asked.SetResult();
                return;
            }

            var (name, value) = ((string)asked["LogicalResourceId"]!, (string)asked["ResourceProperties"]!["V"]!);
            var refused = Refuses(asked) || value == "bad" && (string)asked["RequestType"]! != "Delete";
            if ((string)asked["RequestType"]! == "Delete") Values.TryRemove(name, out _);
            else if (!refused) Values[name] = value;
            var answer = new JsonObject { ["Status"] = refused ? "FAILED" : "SUCCESS", ["Reason"] = refused ? "no" : null, ["PhysicalResourceId"] = "thing-" + name, ["StackId"] = (string)asked["StackId"]!, ["RequestId"] = (string)asked["RequestId"]!, ["LogicalResourceId"] = name };
            var url = new Uri((string)asked["ResponseURL"]!);
            using var put = new HttpRequestMessage(HttpMethod.Put, new Uri(_server.Endpoint, url.PathAndQuery)) { Content = new StringContent(answer.ToJsonString()) };
            put.Headers.Host = url.Host;
            (await _http.SendAsync(put)).EnsureSuccessStatusCode();
        }
    }
}
