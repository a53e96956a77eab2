/**
 * What was changed and can be undone, and what was undone and can be done again.
 *
 * It knows nothing of the changes but that they are objects; who holds it applies them.
 */
export class ChangeHistory {
    constructor() {
        this.clear();
    }

    clear() {
        // the last one last
        this.done = [];
        this.undone = [];
    }

    /** A new change: what was undone before it cannot be done again after it. */
    add(change) {
        this.done = [...this.done, change];
        this.undone = [];
    }

    /** Forget a change that came to nothing. */
    drop(change) {
        this.done = this.done.filter((other) => other !== change);
        this.undone = this.undone.filter((other) => other !== change);
    }

    /** @returns {Object|undefined} the change that is to be undone now, if there is one */
    undo() {
        const change = this.done.at(-1);
        if (change) {
            this.done = this.done.slice(0, -1);
            this.undone = [...this.undone, change];
        }
        return change;
    }

    /** @returns {Object|undefined} the change that is to be done again, if there is one */
    redo() {
        const change = this.undone.at(-1);
        if (change) {
            this.undone = this.undone.slice(0, -1);
            this.done = [...this.done, change];
        }
        return change;
    }
}
