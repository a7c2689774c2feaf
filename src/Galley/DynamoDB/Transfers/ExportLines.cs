using System.Globalization;
using System.Text;

namespace Galley.DynamoDB.Transfers;

/// <summary>The lines of an export's data file: items, or records of what became of one (incremental exports).</summary>
internal sealed class ExportLines(Stream file, bool ion)
{
    private readonly StringBuilder _text = new();

    public long Count { get; private set; }

    /// <summary>Size of the items that were read, as AWS counts it.</summary>
    public long Bytes { get; private set; }

    public void Read(Item? item) => Bytes += item?.Size ?? 0;

    public async ValueTask Item(Item item)
    {
        Begin();
        Part(ion ? $"{IonText.Version} {{Item:" : "{\"Item\":", item);
        await End("}");
    }

    /// <param name="written">When it was changed last.</param>
    /// <param name="key">Its key attributes.</param>
    /// <param name="old">As it was; null where there was none or nobody asked for it.</param>
    /// <param name="result">As it is; null where it is deleted.</param>
    public async ValueTask Record(DateTimeOffset written, Item key, Item? old, Item? result)
    {
        Begin();
        var micros = (written.ToUnixTimeMilliseconds() * 1000).ToString(CultureInfo.InvariantCulture);
        _text.Append(ion ? $"{IonText.Version} {{Record:{{Metadata:{{WriteTimestampMicros:{micros}.}}" : $$$"""{"Metadata":{"WriteTimestampMicros":{"N":"{{{micros}}}"}}""");
        foreach (var (name, item) in ((string, Item?)[])[("Keys", key), ("OldImage", old), ("NewImage", result)])
            if (item is not null)
                Part(ion ? $",{name}:" : $",\"{name}\":", item);
        await End(ion ? "}}" : "}");
    }

    private void Begin()
    {
        _text.Clear();
        Count++;
    }

    private void Part(string name, Item item)
    {
        _text.Append(name);
        if (ion) _text.AppendIon(item);
        else _text.Append(Encoding.UTF8.GetString(item.Json.Span));
    }

    private async ValueTask End(string closing) => await file.WriteAsync(Encoding.UTF8.GetBytes(_text.Append(closing).Append('\n').ToString()));
}
