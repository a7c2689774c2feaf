using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Galley.CloudFormation;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CloudFormation;

/// <summary>The engine over resources that fail, hang and remember as a test wants.</summary>
public class DeploymentTests
{
    [Fact]
    public async Task A_failed_update_restores_what_was_changed_and_removes_what_was_new()
    {
        await using var engine = new Engine();
        var id = await engine.Create("Resources: {A: {Type: 'T', Properties: {V: 1}}, B: {Type: 'T', Properties: {Fixed: x, Of: !Ref A}}, C: {Type: 'T', Properties: {Of: !Ref B}}}");
        Assert.Equal("CREATE_COMPLETE", await engine.Status(id));
        var before = engine.Things.State();

        await engine.Update(id, "Resources: {A: {Type: 'T', Properties: {V: 2}}, B: {Type: 'T', Properties: {Fixed: y, Of: !Ref A}}, C: {Type: 'T', Properties: {Of: !Ref B}}, N: {Type: 'T'}, Bad: {Type: 'T', DependsOn: [C, N], Properties: {Fail: true}}}");
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await engine.Status(id));
        Assert.Equal(before, engine.Things.State());
        Assert.Contains("N", engine.Things.Log.Where(line => line.StartsWith("create ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]));

        // And it can be updated again, from the definition that is in force.
        await engine.Update(id, "Resources: {A: {Type: 'T', Properties: {V: 3}}}");
        Assert.Equal("UPDATE_COMPLETE", await engine.Status(id));
        Assert.Single(engine.Things.State());
    }

    [Fact]
    public async Task A_replacement_comes_before_the_deletion_and_dependants_follow()
    {
        await using var engine = new Engine();
        var id = await engine.Create("Resources: {A: {Type: 'T', Properties: {Fixed: x}}, B: {Type: 'T', Properties: {Of: !GetAtt A.Arn}}}");
        engine.Things.Log.Clear();
        await engine.Update(id, "Resources: {A: {Type: 'T', Properties: {Fixed: y}}, B: {Type: 'T', Properties: {Of: !GetAtt A.Arn}}}");
        Assert.Equal("UPDATE_COMPLETE", await engine.Status(id));
        Assert.Equal(["create A", "update B", "delete A"], engine.Things.Log);
        await engine.Update(id, "Resources: {A: {Type: 'T', UpdateReplacePolicy: Retain, Properties: {Fixed: z}}}");
        Assert.Equal(2, engine.Things.State().Count);
    }

    [Fact]
    public async Task Independent_resources_are_made_side_by_side()
    {
        await using var engine = new Engine { Things = { Together = 3 } };
        var id = await engine.Create("Resources: {A: {Type: 'T', Properties: {Meet: 1}}, B: {Type: 'T', Properties: {Meet: 1}}, C: {Type: 'T', Properties: {Meet: 1}}}");
        Assert.Equal("CREATE_COMPLETE", await engine.Status(id));
    }

    [Fact]
    public async Task An_interrupted_stack_goes_on_at_the_next_start()
    {
        await using var engine = new Engine();
        engine.Things.Hold = new TaskCompletionSource();
        var key = await engine.Begin("Resources: {A: {Type: 'T'}, B: {Type: 'T', DependsOn: A, Properties: {Held: 1}}, C: {Type: 'T', DependsOn: B}}");
        await engine.Things.Reached.Task;
        // A process that is killed leaves the store as it is; a second one finds the work there.
        engine.Abandon();
        engine.Things.Hold = null;
        await engine.Resume();
        Assert.Equal("CREATE_COMPLETE", await engine.Status(key));
        Assert.Equal(["A", "B", "B", "C"], engine.Things.Log.Where(line => line.StartsWith("create ", StringComparison.Ordinal)).Select(line => line[7..]));
    }

    [Fact]
    public async Task A_replacement_that_failed_and_was_kept_leaves_the_old_thing_to_be_wanted_again()
    {
        await using var engine = new Engine();
        var id = await engine.Create("Resources: {A: {Type: 'T', Properties: {Fixed: x}}}");
        var before = engine.Things.State();
        await engine.Update(id, "Resources: {A: {Type: 'T', Properties: {Fixed: y, Fail: true}}}", disableRollback: true);
        Assert.Equal("UPDATE_FAILED", await engine.Status(id));
        engine.Things.Log.Clear();
        await engine.Update(id, "Resources: {A: {Type: 'T', Properties: {Fixed: x}}}");
        Assert.Equal("UPDATE_COMPLETE", await engine.Status(id));
        Assert.DoesNotContain("create A", engine.Things.Log);
        Assert.Equal(before, engine.Things.State());

        // Deleted from there, both would go.
        await engine.Update(id, "Resources: {A: {Type: 'T', Properties: {Fixed: z}}, B: {Type: 'T', DependsOn: A, Properties: {Fail: true}}}", disableRollback: true);
        Assert.Equal(2, engine.Things.State().Count);
        await engine.Delete();
        Assert.Equal("DELETE_COMPLETE", await engine.Status(id));
        Assert.Empty(engine.Things.State());
    }

    [Fact]
    public async Task A_creation_that_takes_longer_than_it_was_given_goes_back()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var engine = new Engine(time);
        var hold = engine.Things.Hold = new TaskCompletionSource();
        var key = await engine.Begin("Resources: {A: {Type: 'T'}, B: {Type: 'T', DependsOn: A, Properties: {Held: 1}}, C: {Type: 'T', DependsOn: B}}", minutes: 5);
        await engine.Things.Reached.Task;
        time.Advance(TimeSpan.FromMinutes(5));
        hold.SetResult();
        Assert.Equal("ROLLBACK_COMPLETE", await engine.Status(key));
        Assert.DoesNotContain("create C", engine.Things.Log);
        Assert.Empty(engine.Things.State());
        Assert.Contains("Stack creation time exceeded the specified timeout. Rollback requested by user.", await engine.Reasons(key));
    }

    [Fact]
    public async Task What_cannot_be_deleted_is_named_and_the_next_deletion_goes_on()
    {
        await using var engine = new Engine();
        var id = await engine.Create("Resources: {A: {Type: 'T'}, B: {Type: 'T', DependsOn: A, Properties: {Stuck: true}}}");
        await engine.Delete();
        Assert.Equal("DELETE_FAILED", await engine.Status(id));
        Assert.Equal("The following resource(s) failed to delete: [B]. ", (await engine.Stack(id)).Reason);
        engine.Things.Unstick = true;
        await engine.Delete();
        Assert.Equal("DELETE_COMPLETE", await engine.Status(id));
        Assert.Empty(engine.Things.State());
    }

    [Fact]
    public async Task A_stack_does_nothing_that_its_caller_may_not_do()
    {
        await using var engine = new Engine { Things = { Forbidden = ":CreateT" } };
        var id = await engine.Create("Resources: {A: {Type: 'T'}}");
        Assert.Equal("ROLLBACK_COMPLETE", await engine.Status(id));
        Assert.Empty(engine.Things.Log);
    }

    [Fact]
    public async Task Secrets_of_a_stack_are_not_readable_in_the_store()
    {
        await using var engine = new Engine();
        await engine.Create("Resources: {A: {Type: 'T', Properties: {V: the-secret-value}}}");
        var found = await engine.Installation.Store.Read(async snapshot =>
        {
            var text = new List<string>();
            await foreach (var entry in snapshot.Range([], [0xFF]))
                if (!System.Text.Encoding.UTF8.GetString(entry.Key).Contains("template", StringComparison.Ordinal)) text.Add(System.Text.Encoding.UTF8.GetString(entry.Value));
            return text;
        });
        Assert.NotEmpty(found);
        Assert.DoesNotContain(found, text => text.Contains("the-secret-value", StringComparison.Ordinal));
    }

    private sealed class Engine : IAsyncDisposable
    {
        private readonly Call _call;
        private Workers _workers = null!;
        private Stacks _stacks = null!;
        private Journal _journal = null!;

        public Engine(TimeProvider? time = null)
        {
            Installation = Installations.Open(new GalleyOptions { Port = 0, Time = time ?? TimeProvider.System });
            _call = Installation.CallAs(new Principal(PrincipalKind.Root, "arn:aws:iam::000000000000:root"));
            Compose();
        }

        public Installation Installation { get; }

        public Things Things { get; } = new();

        public async Task<StackKey> Begin(string template, int? minutes = null)
        {
            var made = await _stacks.CreateStack(new CreateStackRequest { StackName = "s", TemplateBody = template, TimeoutInMinutes = minutes }, _call);
            return new StackKey(_call.Account, _call.Region, made.StackId.Split('/')[^1]);
        }

        public async Task<StackKey> Create(string template)
        {
            var key = await Begin(template);
            await Settle(key);
            return key;
        }

        public async Task Update(StackKey key, string template, bool disableRollback = false)
        {
            await _stacks.UpdateStack(new UpdateStackRequest { StackName = "s", TemplateBody = template, DisableRollback = disableRollback }, _call);
            await Settle(key);
        }

        public async Task Delete()
        {
            var key = (await Installation.Store.Read(snapshot => StackNames.Require(snapshot, _call, "s"))).Key;
            await _stacks.DeleteStack(new DeleteStackRequest { StackName = "s" }, _call);
            await Settle(key);
        }

        public void Abandon() => Compose();

        public async Task Resume() => await _workers.Resume();

        public ValueTask<StackRecord> Stack(StackKey key) => _journal.Stack(key);

        public async Task<List<string?>> Reasons(StackKey key)
            => [.. (await Installation.Store.Read(snapshot => snapshot.List(Keys.Events(key), CloudFormationJson.Default.StackEvent))).Select(one => one.ResourceStatusReason)];

        public async Task<string> Status(StackKey key)
        {
            await Settle(key);
            return (await Stack(key)).Status;
        }

        public async ValueTask DisposeAsync()
        {
            Things.Hold = null;
            await Installation.DisposeAsync();
        }

        private async Task Settle(StackKey key)
        {
            while ((await Stack(key)).Status.EndsWith("IN_PROGRESS", StringComparison.Ordinal)) await Task.Yield();
        }

        private void Compose()
        {
            _journal = new Journal(Installation);
            var handlers = new Handlers([Things], Things, new NoFiles());
            var preparation = new Preparation(new NoFiles(), new NoFiles(), handlers);
            var plans = new StackPlans(_journal, handlers);
            _workers = new Workers(Installation, _journal, handlers);
            _stacks = new Stacks(Installation, _journal, preparation, plans, _workers, Things);
        }
    }

    private sealed class NoFiles : IReadTemplates, IReadParameters
    {
        public ValueTask<string?> Read(string name, string? version, Call call) => new((string?)null);

        public ValueTask<string?> Read(string bucket, string key, int most, Call call) => new((string?)null);
    }

    /// <summary>The type `T`: remembers what it made; `Fixed` needs a replacement.</summary>
    private sealed class Things : IResourceHandler, IAuthorizeResources
    {
        private readonly ConcurrentDictionary<string, string> _things = new();
        private readonly TaskCompletionSource _met = new();
        private int _meeting;

        public List<string> Log { get; } = [];

        public int Together { get; set; }

        public TaskCompletionSource? Hold { get; set; }

        public TaskCompletionSource Reached { get; } = new();

        public bool Unstick { get; set; }

        public string Type => "T";

        public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "Fixed" };

        public string? Forbidden { get; set; }

        public ValueTask<bool> Allows(Call call, string action, string resource, string? passedTo = null, JsonObject? tags = null) => new(action != Forbidden);

        public ValueTask<Principal> ActAs(string roleArn, Principal? caller) => new(caller ?? Principal.Anonymous);

        public SortedDictionary<string, string> State() => new(_things);

        public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        {
            Note("create " + request.LogicalId);
            if (request.Properties["Fail"] is not null) throw new AwsError("InvalidParameterException", "no");
            if (request.Properties["Meet"] is not null)
            {
                if (Interlocked.Increment(ref _meeting) == Together) _met.SetResult();
                await _met.Task.WaitAsync(TimeSpan.FromSeconds(30));
            }

            if (request.Properties["Held"] is not null && Hold is { } hold)
            {
                Reached.TrySetResult();
                await hold.Task;
            }

            _things[request.Name] = request.Properties.ToJsonString();
            return Made(request.Name);
        }

        public ValueTask<Resource> Update(ResourceRequest request, Call call)
        {
            Note("update " + request.LogicalId);
            _things[request.PhysicalId] = request.Properties.ToJsonString();
            return new(Made(request.PhysicalId));
        }

        public ValueTask Delete(ResourceRequest request, Call call)
        {
            if (!Unstick && request.Properties["Stuck"] is not null) throw new AwsError("ResourceInUseException", "stuck");
            if (_things.TryRemove(request.PhysicalId, out _)) Note("delete " + request.LogicalId);
            return ValueTask.CompletedTask;
        }

        private static Resource Made(string id) => new(id, new Dictionary<string, string> { ["Arn"] = "arn:" + id });

        private void Note(string line)
        {
            lock (Log) Log.Add(line);
        }
    }
}
