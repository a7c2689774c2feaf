using System.Text;
using System.Text.Json.Nodes;
using Galley.DynamoDB;
using Galley.DynamoDB.Transfers;
using Galley.Tests.DynamoDB.Judges;

namespace Galley.Tests.DynamoDB;

/// <summary>The Amazon Ion text that imports read: what it means, what is refused, and that nothing hurts.</summary>
public class IonReaderTests
{
    [Theory]
    [InlineData("\"a\"", """{"S":"a"}""")]
    [InlineData("""  "\"\\\/\?\'\a\b\t\n\f\r\v\0\x41\u00e9\ud83d\ude00\U0001F600"  """, """{"S":"\"\\/?'\u0007\b\t\n\f\r\u000B\u0000Aé😀😀"}""")]
    [InlineData("'''a''b\r\nc''' // and\n '''d'''", """{"S":"a''b\ncd"}""")]
    [InlineData("\"a\\\nb\"", """{"S":"ab"}""")]
    [InlineData("103.", """{"N":"103"}""")]
    [InlineData("6d2", """{"N":"600"}""")]
    [InlineData("-1_0.5D-1", """{"N":"-1.05"}""")]
    [InlineData("-0.", """{"N":"0"}""")]
    [InlineData("7", """{"N":"7"}""")]
    [InlineData("{{ AAEC /w== }}", """{"B":"AAEC/w=="}""")]
    [InlineData("true", """{"BOOL":true}""")]
    [InlineData("null", """{"NULL":true}""")]
    [InlineData("null.null", """{"NULL":true}""")]
    [InlineData("[1,/* two */ 2,]", """{"L":[{"N":"1"},{"N":"2"}]}""")]
    [InlineData("{a:1,'b c':2,\"d\":3,'''e''':4,}", """{"M":{"a":{"N":"1"},"b c":{"N":"2"},"d":{"N":"3"},"e":{"N":"4"}}}""")]
    [InlineData("$dynamodb_SS :: [\"b\",\"a\"]", """{"SS":["a","b"]}""")]
    [InlineData("'$dynamodb_NS'::[10.,9]", """{"NS":["9","10"]}""")]
    [InlineData("$dynamodb_BS::[{{AQ==}},{{AA==}}]", """{"BS":["AA==","AQ=="]}""")]
    public void Values_mean_what_AWS_maps_them_to(string ion, string json)
    {
        var item = Assert.Single(Read($"$ion_1_0 {{Item:{{x:{ion}}}}}"));
        var wanted = JsonNode.Parse($$"""{"x":{{json}} }""");
        var made = JsonNode.Parse(item!.Json.Span);
        Assert.True(JsonNode.DeepEquals(wanted, made), $"{made}");
    }

    [Theory]
    [InlineData("1e0")]
    [InlineData("1.5e3")]
    [InlineData("nan")]
    [InlineData("+inf")]
    [InlineData("007")]
    [InlineData("1__0")]
    [InlineData("1_")]
    [InlineData("1._5")]
    [InlineData("0x10")]
    [InlineData("1d")]
    [InlineData(".5")]
    [InlineData("2020-01-01")]
    [InlineData("2020-01-01T00:00:00Z")]
    [InlineData("symbol")]
    [InlineData("'symbol'")]
    [InlineData("$10")]
    [InlineData("null.string")]
    [InlineData("(a b)")]
    [InlineData("{{\"clob\"}}")]
    [InlineData("{{A}}")]
    [InlineData("{{AA==}")]
    [InlineData("[1 2]")]
    [InlineData("[,]")]
    [InlineData("[1,,2]")]
    [InlineData("{a:1,a:2}")]
    [InlineData("{null:1}")]
    [InlineData("{$10:1}")]
    [InlineData("{a::1}")]
    [InlineData("other::[1]")]
    [InlineData("$dynamodb_SS::[1]")]
    [InlineData("$dynamodb_SS::\"a\"")]
    [InlineData("$dynamodb_SS::$dynamodb_SS::[\"a\"]")]
    [InlineData("\"a\nb\"")]
    [InlineData("\"\\q\"")]
    [InlineData("\"\\ud83d\"")]
    [InlineData("\"\\U00110000\"")]
    [InlineData("\"\\xg0\"")]
    [InlineData("'''a''' 'b'")]
    [InlineData("\"a")]
    [InlineData("'''a")]
    [InlineData("1 /* never ended")]
    [InlineData("1 / 2")]
    [InlineData("")]
    public void What_is_no_item_ends_the_file(string ion) => Assert.Equal([null], Read($"{{Item:{{x:{ion}}}}} {{Item:{{x:1.}}}}"));

    [Theory]
    [InlineData("$ion_1_1 {Item:{x:1}}")]
    [InlineData("$ion_symbol_table::{symbols:[\"a\"]} {Item:{x:1}}")]
    [InlineData("{Other:{x:1}}")]
    [InlineData("{Item:{x:1},Other:{}}")]
    [InlineData("{Item:[]}")]
    [InlineData("{}")]
    [InlineData("\"text\"")]
    [InlineData("]")]
    [InlineData(",")]
    [InlineData("[[{Item:{x:1}}]]")]
    public void Around_the_items_is_nothing_else(string ion) => Assert.Equal([null], Read(ion));

    [Fact]
    public void A_value_that_DynamoDB_refuses_leaves_the_items_behind_it()
    {
        var deep = new string('[', 33) + new string(']', 33);
        var refused = new[] { "1d999", "1d-999", new string('9', 39), deep, "$dynamodb_SS::[]", "$dynamodb_SS::[\"a\",\"a\"]", "$dynamodb_NS::[1,1.0]", "$dynamodb_NS::[1d999]", "$dynamodb_BS::[{{}},{{}}]" };
        Assert.All(refused, value =>
        {
            var items = Read($"{{Item:{{x:{value}}}}} {{Item:{{x:1.}}}}").ToList();
            Assert.NotNull(items[0]!.Problem);
            Assert.Null(items[1]!.Problem);
        });
        Assert.Equal([null], Read($"{{Item:{{x:{new string('[', 100_000)}"));
        Assert.Null(Read($"{{Item:{{x:{new string('[', 32)}{new string(']', 32)}}}}}").Single()!.Problem);
    }

    [Fact]
    public void Many_items_come_one_by_one_and_one_that_never_ends_is_given_up()
    {
        Assert.Equal(1000, Read("[" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"{{Item:{{x:{i}}}}},\n")) + "]").Count(item => item is not null));
        Assert.Null(Read("{Item:{x:\"" + new string('x', 17 << 20)).Single());
        Assert.Equal(1, Read(new string(' ', 17 << 20) + "{Item:{x:1}}").Count(item => item is not null));
    }

    [Fact]
    public void What_an_export_writes_is_read_as_the_same()
    {
        foreach (var item in File.ReadLines(Path.Combine(Corpus, "items.ion")).SelectMany(Read).OfType<Item>().Where(item => item.Problem is null))
        {
            var again = Read(new StringBuilder("{Item:").AppendIon(item).Append('}').ToString()).Single()!;
            Assert.True(item.Same(again), Encoding.UTF8.GetString(item.Json.Span));
        }
    }

    [Fact]
    public void No_mutation_hurts()
    {
        var corpus = File.ReadAllLines(Path.Combine(Corpus, "items.ion")).Select(Encoding.UTF8.GetBytes).ToList();
        var seed = int.TryParse(Environment.GetEnvironmentVariable("GALLEY_FUZZ_SEED"), out var given) ? given : Random.Shared.Next(1_000_000_000);
        var random = new Random(seed);
        var mutations = new Mutations(random, corpus);
        for (var i = 0; i < 5000; i++)
        {
            var input = mutations.Of(corpus[random.Next(corpus.Count)]);
            try
            {
                Assert.True(Quick(input));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"GALLEY_FUZZ_SEED={seed}: {Encoding.UTF8.GetString(input)}", e);
            }
        }
    }

    /// <summary>The best of four tries: was it the input, or the machine?</summary>
    private static bool Quick(byte[] input)
    {
        for (var i = 0; i < 4; i++)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            using var reader = new StreamReader(new MemoryStream(input), new UTF8Encoding(false, throwOnInvalidBytes: true));
            foreach (var item in new IonReader(reader).Read())
                if (item is { Problem: null }) Assert.True(Read(new StringBuilder("{Item:").AppendIon(item).Append('}').ToString()).Single()!.Same(item));
            if (watch.Elapsed.TotalSeconds < 1) return true;
        }

        return false;
    }

    private static string Corpus => Path.Combine(Repository.Root, "tests", "Galley.Tests", "DynamoDB", "Judges", "Corpus");

    private static IEnumerable<Item?> Read(string ion) => new IonReader(new StringReader(ion)).Read();
}
