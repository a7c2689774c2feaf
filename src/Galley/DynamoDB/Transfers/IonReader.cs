using System.Text;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>
/// The items of an import's Amazon Ion text: `{Item:{…}}`, one after the other or in a list, each perhaps behind `$ion_1_0`. Of Ion it takes
/// what AWS maps to DynamoDB: strings, decimals and ints, bools, null, blobs, lists, structs and the annotated lists that are sets. Floats,
/// timestamps, clobs, symbols as values, s-expressions and symbol tables are no items. https://amazon-ion.github.io/ion-docs/docs/spec.html
/// </summary>
internal sealed class IonReader(TextReader text)
{
    /// <summary>Letters of one item, with its escapes and comments.</summary>
    private const int LongestItem = 16 << 20;

    /// <summary>An item with more than <see cref="AttributeValueConverter.Deepest"/> levels is read and refused; with this many it is none.</summary>
    private const int MostLevels = 256;

    private readonly IonLetters _text = new(text);
    private bool _inList, _behindItem, _broken;
    private ValidationError? _problem;

    /// <summary>
    /// The items; one with a value that DynamoDB does not take is broken (<see cref="Item.Problem"/>). Null for what is no item at all: then
    /// nothing behind it can be read.
    /// </summary>
    public IEnumerable<Item?> Read()
    {
        while (!_broken)
        {
            var item = Next(out var ended);
            if (ended) yield break;
            yield return item;
        }
    }

    private Item? Next(out bool ended)
    {
        try
        {
            ended = !FindItem();
            if (ended) return null;
            _problem = null;
            var item = ReadItem();
            return _problem is null ? item : Item.Broken(ValueProblem.Of(_problem), hasEmptyName: false);
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            (_broken, ended) = (true, false);
            return null;
        }
    }

    /// <summary>False at the end.</summary>
    private bool FindItem()
    {
        while (true)
        {
            _text.Left = null;
            _text.Skip();
            _text.Left = LongestItem;
            switch (_text.Peek())
            {
                case < 0:
                    return _inList ? throw IonLetters.Malformed() : false;
                case '[' when !_inList:
                    _text.Next();
                    (_inList, _behindItem) = (true, false);
                    break;
                case ']' when _inList:
                    _text.Next();
                    _inList = false;
                    break;
                case ',' when _inList && _behindItem:
                    _text.Next();
                    _behindItem = false;
                    break;
                case '$' when !_inList:
                    if (_text.Name() != IonText.Version) throw IonLetters.Malformed();
                    break;
                default:
                    if (_inList && _behindItem) throw IonLetters.Malformed();
                    _behindItem = true;
                    return true;
            }
        }
    }

    private Item ReadItem()
    {
        _text.Expect('{');
        _text.Skip();
        if (FieldName() != "Item") throw IonLetters.Malformed();
        _text.Skip();
        _text.Expect('{');
        var item = new Item(Struct(0));
        _text.Skip();
        _text.Take(',');
        _text.Skip();
        _text.Expect('}');
        return item;
    }

    /// <param name="depth">Levels of lists and structs around it.</param>
    private AttributeValue Value(int depth)
    {
        if (depth >= MostLevels) throw IonLetters.Malformed();
        if (depth >= AttributeValueConverter.Deepest) Note(Errors.NestedTooDeep(depth));
        _text.Skip();
        var first = _text.Peek();
        if (IonLetters.IsDigit(first) || first == '-') return Decimal();
        if (IonLetters.StartsName(first))
            return _text.Name() switch
            {
                "true" => AttributeValue.True,
                "false" => AttributeValue.False,
                "null" => !_text.Take('.') || _text.Name() == "null" ? AttributeValue.Null : throw IonLetters.Malformed(),
                var annotation => Set(annotation, depth),
            };
        return _text.Next() switch
        {
            '"' => AttributeValue.S(_text.Quoted('"')),
            '\'' => _text.QuotedSymbol() is { } annotation ? Set(annotation, depth) : AttributeValue.S(_text.LongString()),
            '[' => AttributeValue.L(List(depth + 1)),
            '{' => _text.Take('{') ? AttributeValue.B(Blob()) : AttributeValue.M(Struct(depth + 1)),
            _ => throw IonLetters.Malformed(),
        };
    }

    /// <summary>Behind the opening brace; a comma may stand behind the last member.</summary>
    private Dictionary<string, AttributeValue> Struct(int depth)
    {
        var members = new Dictionary<string, AttributeValue>();
        for (_text.Skip(); !_text.Take('}'); _text.Skip())
        {
            var name = FieldName();
            if (name.Length == 0 && depth == 0) Note(Errors.EmptyName());
            if (AttributeValueConverter.IsTooLong(name)) Note(Errors.NameTooLong());
            if (!members.TryAdd(name, Value(depth))) throw IonLetters.Malformed();
            _text.Skip();
            if (_text.Peek() != '}') _text.Expect(',');
        }

        return members;
    }

    /// <summary>Behind the opening bracket; a comma may stand behind the last element.</summary>
    private List<AttributeValue> List(int depth)
    {
        var elements = new List<AttributeValue>();
        for (_text.Skip(); !_text.Take(']'); _text.Skip())
        {
            elements.Add(Value(depth));
            _text.Skip();
            if (_text.Peek() != ']') _text.Expect(',');
        }

        return elements;
    }

    private AttributeValue Set(string annotation, int depth)
    {
        var type = annotation switch
        {
            IonText.StringSet => AttributeType.S,
            IonText.NumberSet => AttributeType.N,
            IonText.BinarySet => AttributeType.B,
            _ => throw IonLetters.Malformed(),
        };
        _text.Skip();
        _text.Expect(':');
        _text.Expect(':');
        _text.Skip();
        _text.Expect('[');
        var members = List(depth);
        if (_problem is not null) return AttributeValue.Null;
        if (members.Exists(member => member.Type != type)) throw IonLetters.Malformed();
        try
        {
            return type == AttributeType.B
                ? Sets.Of(members.ConvertAll(member => member.Bytes))
                : Sets.Of(type == AttributeType.S ? AttributeType.SS : AttributeType.NS, members.ConvertAll(member => member.Text));
        }
        catch (ValidationError error)
        {
            return Note(error);
        }
    }

    /// <summary>`103.`, `6d2`, `-1.5d-3`, `1_000`, and ints; but no floats (`1e0`), timestamps or ints of another base.</summary>
    private AttributeValue Decimal()
    {
        var number = new StringBuilder();
        if (_text.Take('-')) number.Append('-');
        var (zero, sign) = (_text.Peek() == '0', number.Length);
        Digits(number, separated: true);
        if (zero && number.Length > sign + 1) throw IonLetters.Malformed();
        if (_text.Take('.'))
        {
            number.Append('.');
            if (IonLetters.IsDigit(_text.Peek())) Digits(number, separated: true);
        }

        if (_text.Take('d') || _text.Take('D'))
        {
            number.Append('e');
            if (_text.Take('-')) number.Append('-');
            else _text.Take('+');
            Digits(number, separated: false);
        }

        if (_text.Peek() is '.' or '-' or '+' or '_' || IonLetters.StartsName(_text.Peek())) throw IonLetters.Malformed();
        try
        {
            return AttributeValue.N(Number.Normalize(number.ToString()));
        }
        catch (ValidationError error)
        {
            return Note(error);
        }
    }

    private void Digits(StringBuilder number, bool separated)
    {
        do
        {
            var digit = _text.Next();
            if (!IonLetters.IsDigit(digit)) throw IonLetters.Malformed();
            number.Append(digit);
        } while (separated && _text.Take('_') || IonLetters.IsDigit(_text.Peek()));
    }

    /// <summary>Behind the opening braces.</summary>
    private byte[] Blob()
    {
        var base64 = new StringBuilder();
        while (!_text.Take('}')) base64.Append(_text.Next());
        _text.Expect('}');
        return Convert.FromBase64String(base64.ToString());
    }

    /// <summary>With the colon behind it.</summary>
    private string FieldName()
    {
        var name = _text.Take('"') ? _text.Quoted('"') : _text.Take('\'') ? _text.QuotedSymbol() ?? _text.LongString() : Symbol();
        _text.Skip();
        _text.Expect(':');
        return name;
    }

    private string Symbol()
    {
        var name = _text.Name();
        return IonText.IsKeyword(name) || IonText.IsSymbolId(name) ? throw IonLetters.Malformed() : name;
    }

    private AttributeValue Note(AwsError problem)
    {
        _problem ??= (ValidationError)problem;
        return AttributeValue.Null;
    }
}
