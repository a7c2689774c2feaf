using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Where a stack lives: its account and region, and the UUID in its ARN.</summary>
internal readonly record struct StackKey(string Account, string Region, string Uuid);

/// <summary>
/// What is stored where. `stack` by UUID, `name` → UUID while the stack is alive, `template` by version, `resource`, `garbage` (physical
/// things to delete when an update is decided), `event`, `changeset` under the stack; `export` and `import` by name; `scan` by ARN and `generated` templates by name; `operation` by id; `work` for all
/// stacks of the installation that something is being done to.
/// </summary>
internal static class Keys
{
    private const string Service = "cloudformation";

    public static byte[] Stacks(string account, string region) => Key.Of(Service, account, region, "stack");

    public static byte[] Stack(StackKey stack) => Key.Of(Service, stack.Account, stack.Region, "stack", stack.Uuid);

    public static byte[] Name(Call call, string name) => Key.Of(Service, call.Account, call.Region, "name", name);

    public static byte[] Name(StackRecord stack) => Key.Of(Service, stack.Key.Account, stack.Key.Region, "name", stack.Name);

    public static byte[] Template(StackKey stack, int version) => Key.From(Of(stack, "template")).Add(version).ToArray();

    public static byte[] Resources(StackKey stack) => Of(stack, "resource");

    public static byte[] Resource(StackKey stack, string logicalId) => Of(stack, "resource", logicalId);

    public static byte[] Garbage(StackKey stack) => Of(stack, "garbage");

    public static byte[] Garbage(StackKey stack, string logicalId, string physicalId) => Key.From(Of(stack, "garbage")).Add(logicalId).Add(physicalId).ToArray();

    public static byte[] Events(StackKey stack) => Of(stack, "event");

    public static byte[] Event(StackKey stack, long number) => Key.From(Of(stack, "event")).Add(number).ToArray();

    public static byte[] ChangeSets(StackKey stack) => Of(stack, "changeset");

    public static byte[] ChangeSet(StackKey stack, string name) => Of(stack, "changeset", name);

    public static byte[] Exports(string account, string region) => Key.Of(Service, account, region, "export");

    public static byte[] Export(StackKey stack, string name) => Key.Of(Service, stack.Account, stack.Region, "export", name);

    public static byte[] Imports(string account, string region, string name) => Key.Of(Service, account, region, "import", name);

    public static byte[] Import(StackKey stack, string name) => Key.Of(Service, stack.Account, stack.Region, "import", name, stack.Uuid);

    public static byte[] Operation(string account, string region, string id) => Key.Of(Service, account, region, "operation", id);

    public static byte[] Scans(Call call) => Key.Of(Service, call.Account, call.Region, "scan");

    public static byte[] Scan(Call call, string id) => Key.Of(Service, call.Account, call.Region, "scan", id);

    public static byte[] GeneratedTemplates(Call call) => Key.Of(Service, call.Account, call.Region, "generated");

    public static byte[] Generated(Call call, string name) => Key.Of(Service, call.Account, call.Region, "generated", name);

    public static byte[] AllWork() => Key.Of("cloudformation-work");

    public static byte[] Work(StackKey stack) => Key.Of("cloudformation-work", stack.Account, stack.Region, stack.Uuid);

    private static byte[] Of(StackKey stack, string kind) => Key.Of(Service, stack.Account, stack.Region, kind, stack.Uuid);

    private static byte[] Of(StackKey stack, string kind, string name) => Key.Of(Service, stack.Account, stack.Region, kind, stack.Uuid, name);
}
