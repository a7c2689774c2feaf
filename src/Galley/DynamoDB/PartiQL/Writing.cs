using Galley.DynamoDB.Expressions;

namespace Galley.DynamoDB.PartiQL;

/// <summary>An INSERT, UPDATE, DELETE or EXISTS with its parameters: one change of one item, once its table is known.</summary>
internal sealed class Writing
{
    private readonly Statement _statement;
    private readonly Binder _binder;
    private readonly Condition? _where;
    private readonly Update? _update;
    private readonly Item? _item;

    public Writing(Statement statement, AttributeValue[]? parameters)
    {
        _statement = statement;
        _binder = new Binder(statement, parameters);
        _where = _binder.Where(statement);
        if (statement.Kind == StatementKind.Update) _update = _binder.Update(statement);
        if (statement.Kind == StatementKind.Insert) _item = _binder.Item(statement);
    }

    /// <param name="table">The statement's table.</param>
    /// <param name="inTransaction">Transactions have one text for every key that does not fit.</param>
    /// <param name="onFailure">`ReturnValuesOnConditionCheckFailure`</param>
    public Change Of(Table table, bool inTransaction, string? onFailure)
    {
        if (_item is not null) return Change.Insert(table, _item);
        if (_statement.Index is not null) throw Errors.Validation("This operation is not supported on an index");
        var key = Key(table, inTransaction);
        var missing = new Exists(new DocumentPath([new PathStep(table.Hash.Name, 0)]), Wanted: false);
        // The clause names the key, so it holds for no item that is not there: UPDATE makes none. DELETE of nothing is no failure.
        return _statement.Kind switch
        {
            StatementKind.Update => Change.Update(table, key, _update, _where, onFailure),
            StatementKind.Delete => Change.Delete(table, key, new Or(missing, _where!), onFailure),
            _ => Change.Check(table, key, _where!, onFailure),
        };
    }

    /// <summary>Whether EXISTS names one item by `=`, and says more of it than its key.</summary>
    public bool ChecksOneItem(Table table)
    {
        var terms = KeyReads.Conjuncts(_statement.Where).ToList();
        return table.KeyNames.All(name => terms.Exists(term => KeyReads.EqualTo(_binder, term, name, inCounts: false) is not null))
               && terms.Exists(term => table.KeyNames.All(name => KeyReads.EqualTo(_binder, term, name, inCounts: true) is null));
    }

    /// <summary>What RETURNING answers with; null for nothing.</summary>
    public Item? Returned(Item? old, Item? result)
    {
        var item = _statement.Returning switch
        {
            "ALL OLD" => old,
            "ALL NEW" => result,
            "MODIFIED OLD" => old is null ? null : new Selection(_update!.Paths).Of(old),
            "MODIFIED NEW" => result is null ? null : new Selection(_update!.Paths).Of(result),
            _ => null,
        };
        return item?.Attributes.Count > 0 ? item : null;
    }

    private Item Key(Table table, bool inTransaction)
    {
        var key = new Dictionary<string, AttributeValue>();
        foreach (var term in KeyReads.Conjuncts(_statement.Where))
            foreach (var name in table.KeyNames)
                if (KeyReads.EqualTo(_binder, term, name, inCounts: false) is { } value && !key.TryAdd(name, value) && !key[name].Same(value) && _statement.Kind != StatementKind.Exists)
                    throw inTransaction ? Errors.KeyMismatch() : Errors.Validation($"Multiple conditions on same key {name}. Only single item Update/Insert/Delete are supported");
        if (table.KeyNames.All(key.ContainsKey)) return new Item(key);
        throw inTransaction ? Errors.KeyMismatch() : Errors.Validation("Where clause does not contain a mandatory equality on all key attributes");
    }
}
