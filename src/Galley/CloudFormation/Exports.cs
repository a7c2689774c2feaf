using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Values that stacks give to others by name: unique in account and region, fixed while somebody imports them.</summary>
internal sealed class Exports(IStore store)
{
    public ValueTask<ListExportsResponse> ListExports(ListExportsRequest request, Call call)
        => store.Read(async snapshot => new ListExportsResponse(
            [.. (await snapshot.List(Keys.Exports(call.Account, call.Region), CloudFormationJson.Default.ExportRecord)).Select(export => new ExportSummary(export.StackId, export.Name, export.Value))]));

    public ValueTask<ListImportsResponse> ListImports(ListImportsRequest request, Call call)
        => store.Read(async snapshot =>
        {
            var imports = await snapshot.List(Keys.Imports(call.Account, call.Region, request.ExportName), CloudFormationJson.Default.ImportRecord);
            return imports.Count > 0
                ? new ListImportsResponse([.. imports.Select(import => import.StackName)])
                : throw Errors.Validation($"Export '{request.ExportName}' is not imported by any stack.");
        });

    /// <summary>Puts the exports of <paramref name="stack"/>'s outputs in place of those it had, and notes what it imports.</summary>
    public static async ValueTask Replace(ITransaction transaction, StackRecord stack, IReadOnlySet<string> imports)
    {
        var (account, region) = (stack.Key.Account, stack.Key.Region);
        var wanted = stack.Outputs.Where(output => output.ExportName is not null).ToDictionary(output => output.ExportName!, output => output.OutputValue);
        foreach (var old in await transaction.List(Keys.Exports(account, region), CloudFormationJson.Default.ExportRecord))
        {
            if (old.StackId != stack.StackId)
            {
                if (wanted.ContainsKey(old.Name)) throw Errors.Validation($"Export with name {old.Name} is already exported by stack {NameOf(old.StackId)}");
                continue;
            }

            if (wanted.TryGetValue(old.Name, out var value) && value == old.Value) continue;
            if (await User(transaction, account, region, old.Name) is { } user)
                throw Errors.Validation($"Export {old.Name} cannot be {(value is null ? "deleted" : "updated")} as it is in use by {user}");
            transaction.Delete(Keys.Export(stack.Key, old.Name));
        }

        foreach (var (name, value) in wanted) transaction.Put(Keys.Export(stack.Key, name), new ExportRecord(name, value, stack.StackId), CloudFormationJson.Default.ExportRecord);
        var all = Key.Of("cloudformation", account, region, "import");
        await foreach (var entry in transaction.Range(all, Key.After(all)))
            if (System.Text.Json.JsonSerializer.Deserialize(entry.Value, CloudFormationJson.Default.ImportRecord)!.StackId == stack.StackId)
                transaction.Delete(entry.Key);
        foreach (var name in imports) transaction.Put(Keys.Import(stack.Key, name), new ImportRecord(stack.Name, stack.StackId), CloudFormationJson.Default.ImportRecord);
    }

    /// <summary>Why the stack cannot be deleted; null when nobody uses its exports.</summary>
    public static async ValueTask<string?> InUse(ISnapshot snapshot, StackRecord stack)
    {
        foreach (var output in stack.Outputs)
            if (output.ExportName is { } name && await User(snapshot, stack.Key.Account, stack.Key.Region, name) is { } user)
                return $"Export {name} cannot be deleted as it is in use by {user}";
        return null;
    }

    private static async ValueTask<string?> User(ISnapshot snapshot, string account, string region, string name)
        => (await snapshot.List(Keys.Imports(account, region, name), CloudFormationJson.Default.ImportRecord)).FirstOrDefault()?.StackName;

    private static string NameOf(string stackId) => stackId.Split('/') is [_, var name, ..] ? name : stackId;
}
