using System.Globalization;
using CsCheck;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>
/// Random sequences of operations, judged by the plain model. A counterexample is shrunk and printed with its seed: put the seed into
/// GALLEY_MODEL_SEED to see it again; GALLEY_MODEL_SECONDS makes the search longer.
/// </summary>
public class ModelTests
{
    private static readonly int Seconds = int.Parse(Environment.GetEnvironmentVariable("GALLEY_MODEL_SECONDS") ?? "10", CultureInfo.InvariantCulture);
    private static int _run;

    [Theory]
    [InlineData("S", "N")]
    [InlineData("N", "S")]
    [InlineData("B", "B")]
    public async Task Server_and_model_agree_on_every_sequence(string hashType, string rangeType)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        var operations = new ModelOperations(new ModelValues(), ModelTable.Of(rangeType, hashType));
        await operations.Any.Array[1, 40].SampleAsync(async sequence =>
        {
            if (await Disagree(wire, rangeType, hashType, sequence) is not { } problem) return;
            // Whatever can be left out is left out: what remains is easy to read.
            var kept = sequence.ToList();
            for (var i = kept.Count - 1; i >= 0; i--)
            {
                var fewer = kept.Where((_, at) => at != i).ToList();
                if (await Disagree(wire, rangeType, hashType, fewer) is not { } still) continue;
                (kept, problem) = (fewer, still);
            }

            throw new Disagreement($"{string.Join('\n', kept.Select(operation => operation.Text))}\n{problem}");
        }, seed: Environment.GetEnvironmentVariable("GALLEY_MODEL_SEED"), time: Math.Max(1, Seconds / 3), threads: 2, print: sequence => $"a sequence of {sequence.Length}; what matters of it is below");
    }

    /// <summary>Runs the sequence over fresh tables; what server and model do not agree on, or null.</summary>
    private static async Task<string?> Disagree(DynamoDBWire wire, string rangeType, string hashType, IEnumerable<ModelOperation> sequence)
    {
        var tables = ModelTable.Of(rangeType, hashType);
        var judge = new ModelJudge(wire, $"run{Interlocked.Increment(ref _run)}", tables);
        foreach (var table in tables.Values) await judge.Must("CreateTable", table.CreateTable());
        try
        {
            var reads = new List<ModelOperation>();
            foreach (var operation in sequence)
            {
                await operation.Run(judge);
                foreach (var read in reads.TakeLast(2)) await read.Run(judge); // a page that was kept must know what has changed
                if (operation.Text.StartsWith("Query", StringComparison.Ordinal) || operation.Text.StartsWith("Scan", StringComparison.Ordinal)) reads.Add(operation);
            }

            await judge.CompareWhole();
            return null;
        }
        catch (Disagreement disagreement)
        {
            return disagreement.Message;
        }
        finally
        {
            foreach (var table in tables.Values) await judge.Must("DeleteTable", new() { ["TableName"] = table.Name });
        }
    }
}
