"""The mixed-integer program of moves, whole or of a part: columns are the places that
an item may be in, rows say that it is in one of them, and what each place holds.
"""

import time

import highspy

INFINITE = highspy.kHighsInf
# what moves cost where coming near is what counts
LITTLE = 1e-6
GAP = 1e-4


class Program:
    """Solved by HiGHS (Huangfu and Hall 2018, "Parallelizing the dual revised simplex
    method").

    :param Repair held: where items are, what they may do and cost
    :param numbers: the items that may move; all others stay where they are
    :param places: where they may go, the places in which they are among them
    :param bool is_elastic: loads may be beyond the tolerances, which costs 1 for each
        even load; moves cost little then
    :param float share: of the tolerances, how much may be used
    """

    def __init__(self, held, numbers, places, is_elastic=False, share=1.0):
        self.held = held
        self.numbers = list(numbers)
        self.places = {place: row for row, place in enumerate(places)}
        self.is_elastic = is_elastic
        at = list(places)
        self.even = held.even[at]
        self.allowed = share * held.allowed[at]
        self.columns = [
            (row, number, place)
            for row, number in enumerate(self.numbers)
            for place in held.options[number]
            if place in self.places
        ]

    def relax(self, deadline):
        """Solve it with items in parts.

        :return: (bound, {number: place of its largest part}); None where nothing was
            found, or nothing can be
        """
        highs = self._run(False, deadline)
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return highs.getInfo().objective_function_value, self._taken(highs)

    def solve(self, deadline):
        """Solve it, from where the items are.

        :return: (bound, {number: place}); the places are empty if none were found
        """
        highs = self._run(True, deadline)
        info = highs.getInfo()
        status = highspy.SolutionStatus.kSolutionStatusFeasible
        has_any = info.primal_solution_status == int(status)
        return info.mip_dual_bound, self._taken(highs) if has_any else {}

    def _taken(self, highs):
        values = highs.getSolution().col_value
        best = {}
        for (_row, number, place), value in zip(self.columns, values, strict=False):
            if value > best.get(number, (0,))[0]:
                best[number] = value, place
        return {number: place for number, (_value, place) in best.items()}

    def _run(self, is_whole, deadline):
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("random_seed", 42)
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("mip_rel_gap", GAP)
        highs.setOptionValue("time_limit", max(0.2, deadline - time.monotonic()))
        highs.passModel(self._model(is_whole))
        if is_whole:
            solution = highspy.HighsSolution()
            solution.col_value = self._present()
            highs.setSolution(solution)
        highs.run()
        return highs

    def _present(self):
        """The columns as things are."""
        at = self.held.at
        values = [float(at[number] == place) for _row, number, place in self.columns]
        if self.is_elastic:
            off = self.held.present[list(self.places)] - self.even
            for load, allowed in zip(off.flat, self.allowed.flat, strict=True):
                values += max(0.0, -load - allowed), max(0.0, load - allowed)
        return values

    def _model(self, is_whole):
        lp = highspy.HighsLp()
        measures = self.even.shape[1]
        first = len(self.numbers)
        costs, starts, rows, coefficients = [], [0], [], []
        for row, number, place in self.columns:
            cost = self.held.options[number][place]
            costs.append(LITTLE * cost if self.is_elastic else cost)
            rows.append(row)
            coefficients.append(1.0)
            at = first + self.places[place] * measures
            for measure, load in enumerate(self.held.loads[number]):
                if load:
                    rows.append(at + measure)
                    coefficients.append(load)
            starts.append(len(rows))
        for row in range(len(self.places) * measures if self.is_elastic else 0):
            for sign in (1.0, -1.0):
                costs.append(1.0)
                rows.append(first + row)
                coefficients.append(sign)
                starts.append(len(rows))
        whole, slack = len(self.columns), len(costs) - len(self.columns)
        lp.num_col_ = whole + slack
        lp.num_row_ = first + len(self.places) * measures
        lp.col_cost_ = costs
        lp.col_lower_ = [0.0] * len(costs)
        lp.col_upper_ = [1.0] * whole + [INFINITE] * slack
        lowers, uppers = self._room()
        lp.row_lower_ = [1.0] * first + lowers
        lp.row_upper_ = [1.0] * first + uppers
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = starts
        lp.a_matrix_.index_ = rows
        lp.a_matrix_.value_ = coefficients
        if is_whole:
            kinds = highspy.HighsVarType
            lp.integrality_ = [kinds.kInteger] * whole + [kinds.kContinuous] * slack
        return lp

    def _room(self):
        """What each place may take of each measure, beside the items that stay."""
        held = self.held
        staying = held.present.copy()
        for number in self.numbers:
            staying[held.at[number]] -= held.loads[number]
        staying = staying[list(self.places)]
        lowers = self.even - self.allowed - staying
        uppers = self.even + self.allowed - staying
        return lowers.ravel().tolist(), uppers.ravel().tolist()
