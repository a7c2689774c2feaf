import { useId, useState } from "react";

export default function RecipeForm({ recipe = {}, isNew = false, onSave, onCancel }) {
  const [isBusy, setIsBusy] = useState(false);
  const id = useId();

  async function submit(event) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    setIsBusy(true);
    await onSave({
      name: recipe.name ?? values.get("name").trim(),
      category: recipe.category ?? values.get("category").trim(),
      calories: Number(values.get("calories")),
      duration: Number(values.get("duration")),
      aliments: values.get("aliments").trim(),
      preparation: values.get("preparation").trim(),
    });
    setIsBusy(false);
  }

  return (
    <form className="card form" onSubmit={submit} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{isNew ? "New recipe" : `${recipe.name} - (Category: ${recipe.category})`}</h2>
      {isNew && (
        <div className="two">
          <Field id={`${id}-name`} label="Name" name="name" required maxLength={100} autoFocus />
          <Field id={`${id}-category`} label="Category" name="category" required maxLength={100} />
        </div>
      )}
      <div className="two">
        <Field id={`${id}-calories`} label="Calories" name="calories" type="number" min="0" step="1" required defaultValue={recipe.calories} />
        <Field id={`${id}-duration`} label="Duration (minutes)" name="duration" type="number" min="0" step="1" required defaultValue={recipe.duration} />
      </div>
      <label htmlFor={`${id}-aliments`}>Aliments</label>
      <textarea id={`${id}-aliments`} name="aliments" rows="2" maxLength={2000} defaultValue={recipe.aliments} />
      <label htmlFor={`${id}-preparation`}>Preparation</label>
      <textarea id={`${id}-preparation`} name="preparation" rows="4" maxLength={10000} defaultValue={recipe.preparation} />
      <p className="actions">
        <button type="submit" className="button" disabled={isBusy}>
          Save
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </p>
    </form>
  );
}

function Field({ id, label, ...input }) {
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input id={id} {...input} />
    </div>
  );
}
